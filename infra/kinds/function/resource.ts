import type * as pulumi from "@pulumi/pulumi";
import { DatabaseResource } from "../../program/database-resource.ts";
import { readDefinition } from "../../program/mentions.ts";
import type { Description } from "../../program/program.ts";
import { refuseUndefined } from "../../sql/undefined-values.ts";

export interface DatabaseFunctionArgs {
  /** One CREATE FUNCTION or CREATE PROCEDURE statement, as psql would accept it, with the function's schema. */
  readonly definition: pulumi.Input<string>;
  /** The function's owner, whose rights it has where it is SECURITY DEFINER. Default: the role that deploys. */
  readonly owner?: pulumi.Input<string>;
  /** Roles that may execute it, beside its owner; everybody else, PUBLIC included, loses EXECUTE. Default: nobody. */
  readonly execute?: pulumi.Input<pulumi.Input<string>[]>;
}

/**
 * A function or procedure, with who may execute it. A changed body is replaced in place, so the policies that call it stay; changed
 * argument types make another function.
 *
 * Errors, at preview: the server's own message on `definition`; a name without a schema; a changed signature or return type, where
 * something uses the function that the stack doesn't declare. Policies and functions that it does declare go over to the new one.
 *
 * Warnings, at preview: of a new or changed function in PL/pgSQL, each query that would fail when it runs because of a column, table,
 * function or type that is not there, or types that don't fit. PostgreSQL checks nothing of such a body but its syntax, and accepts
 * it:
 *
 *     definition: line 4 of the body of private.my_tasks(): column t.organisation_id does not exist. Perhaps you meant …; PostgreSQL
 *     finds that only when the function runs
 *
 * Nothing is said of what is not certain: text that EXECUTE runs, tables that the body makes, the types of a record's fields and of
 * NEW and OLD, names that depend on the caller's search_path, errors that the body itself expects (`exception when
 * undefined_table`), and anything while pending migrations still change tables.
 *
 * And of one that is SECURITY DEFINER, or that such a function or a policy calls, each type and table that a caller can put a temporary
 * object of their own in the place of. Write `set search_path = pg_catalog, pg_temp`; an empty search_path does not close a function:
 * see docs/helper-functions.md.
 *
 * @example
 * const isMember = new DatabaseFunction("is_member", {
 *   definition: readFileSync("sql/functions/is_member.sql", "utf8"), execute: ["authenticated"],
 * });
 * sql`(select ${isMember}(${app.tasks.organizationId}))`;
 * @see https://www.postgresql.org/docs/current/sql-createfunction.html
 * @see https://www.postgresql.org/docs/current/plpgsql-implementation.html#PLPGSQL-PLAN-CACHING
 */
export class DatabaseFunction extends DatabaseResource {
  /** Such as `private.is_member(text)`. */
  declare readonly signature: pulumi.Output<string>;

  constructor(name: string, args: DatabaseFunctionArgs, options?: pulumi.CustomResourceOptions) {
    refuseUndefined(`Function ${name}`, args, ["definition"]);
    super({
      kind: "Function",
      name,
      properties: { ...args, signature: undefined },
      options,
      describe: (known) => describe(known(args.definition)),
    });
  }
}

function describe(definition = ""): Description {
  const parts = readDefinition(definition);
  if (parts === undefined) return { makes: undefined, needed: [definition] };
  const { schema, name, needed, later } = parts;
  return { makes: schema === undefined ? undefined : { kind: "function", schema, name }, needed, later };
}
