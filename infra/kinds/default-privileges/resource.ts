import type * as pulumi from "@pulumi/pulumi";
import type { ArgsOf } from "../../program/args.ts";
import { DatabaseResource } from "../../program/database-resource.ts";
import { quoteIdentifier } from "../../sql/quote.ts";
import type { defaultPrivilegesArgs } from "./args.ts";

/**
 * The arguments of a `DefaultPrivileges`.
 * @example
 * const closed: DefaultPrivilegesArgs = { schema: "public", objects: "tables" };
 */
export interface DefaultPrivilegesArgs extends ArgsOf<typeof defaultPrivilegesArgs> {}

/**
 * Who gets which privileges on objects that a role creates from now on. Existing objects don't change, and only objects
 * that the role itself creates are affected: `postgres` controls its own default privileges, not those of the
 * platform's superuser.
 *
 * Everybody may execute new functions unless an entry for all schemas says otherwise. An entry for one schema can only
 * add grants, so it can't exclude PUBLIC.
 *
 * Deleting the resource revokes the declared default privileges. PostgreSQL's built-in ones come back only if they were
 * declared, and those from before the stack don't come back.
 *
 * Errors at preview: a role whose default privileges the deploying role may not change; a privilege that such objects
 * don't have; a role or schema that does not exist.
 *
 * @example
 * new DefaultPrivileges("new functions are nobody's", { objects: "functions" }); // PUBLIC's EXECUTE is declared away
 * @example
 * new DefaultPrivileges("reporting reads new tables", { schema: "public", objects: "tables", grants: { reporting: ["select"] } });
 * @see https://www.postgresql.org/docs/current/sql-alterdefaultprivileges.html
 */
export class DefaultPrivileges extends DatabaseResource {
  declare readonly owner: pulumi.Output<string>;

  constructor(name: string, args: DefaultPrivilegesArgs, options?: pulumi.CustomResourceOptions) {
    super({
      kind: "DefaultPrivileges",
      name,
      // Given even if it is the default: only a property that is given becomes an output.
      args: { owner: undefined, ...args },
      options,
      describe: (known) => {
        const schema = known(args.schema);
        return { makes: undefined, needed: [schema && `${quoteIdentifier(schema)}.`] };
      },
    });
  }
}
