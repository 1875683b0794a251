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
 * Who gets which privileges on objects that a role makes from now on. It changes nothing that is there already, and it is about objects
 * that the role itself makes: `postgres` decides about its own, not about those of the platform's superuser.
 *
 * Everybody may execute new functions unless an entry for every schema says otherwise. In an entry for one schema a grant comes on top of
 * that, so PUBLIC can't be kept out there.
 *
 * Deleting the resource takes the declared grants away. Of what PostgreSQL grants by itself only that comes back which was declared, and
 * grants from before the stack don't.
 *
 * Errors at preview: a role that only somebody else may decide for; a privilege that there is not on such objects; a role or schema that
 * does not exist.
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
      args,
      options,
      describe: (known) => {
        const schema = known(args.schema);
        return { makes: undefined, needed: [schema && `${quoteIdentifier(schema)}.`] };
      },
    });
  }
}
