import type * as pulumi from "@pulumi/pulumi";
import type { ArgsOf } from "../../program/args.ts";
import { DatabaseResource } from "../../program/database-resource.ts";
import { readDefinition } from "../../program/mentions.ts";
import type { Description } from "../../program/program.ts";
import { refuseUndefined } from "../../sql/undefined-values.ts";
import type { functionArgs } from "./args.ts";

/**
 * The arguments of a `DatabaseFunction`.
 * @example
 * const now: DatabaseFunctionArgs = {
 *   definition: "create function private.today() returns date language sql stable set search_path = pg_catalog, pg_temp return current_date",
 *   execute: ["authenticated"],
 * };
 */
export interface DatabaseFunctionArgs extends ArgsOf<typeof functionArgs> {}

/**
 * A function or procedure, with the roles that may execute it. A changed body is replaced in place, so the policies that call it stay.
 * Changed argument types make another function.
 *
 * Errors at preview: the server's message on `definition`; a name without a schema; a changed signature or return type while something
 * that the stack doesn't declare uses the function. Policies and functions that the stack does declare are moved to the new function.
 *
 * Warnings at preview: in a new or changed PL/pgSQL function, each query that would fail when it runs, because a column, table, function or
 * type does not exist or because types don't match. PostgreSQL checks only the syntax of such a body, and accepts it:
 *
 *     definition: line 4 of the body of private.my_tasks(): column t.organisation_id does not exist. Perhaps you meant …; PostgreSQL
 *     finds that only when the function runs
 *
 * There is no warning about what can't be known for certain: text that EXECUTE runs, tables that the body creates, the types of a record's
 * fields and of NEW and OLD, names that depend on the caller's search_path, errors that the body handles itself (`exception when
 * undefined_table`), and anything while pending migrations still change tables.
 *
 * Another warning concerns functions that are SECURITY DEFINER, or that such a function or a policy calls: it names each type and table
 * that a caller can replace by a temporary object of their own. Write `set search_path = pg_catalog, pg_temp`; an empty search_path does
 * not prevent it, because PostgreSQL still looks among temporary objects first.
 *
 * @example
 * const isMember = new DatabaseFunction("is_member", {
 *   definition: readFileSync(new URL("../sql/functions/is_member.sql", import.meta.url), "utf8"),
 *   execute: ["authenticated"],
 * });
 * sql`(select ${isMember}(${app.tasks.organizationId}))`;
 * @see https://www.postgresql.org/docs/current/sql-createfunction.html
 * @see https://www.postgresql.org/docs/current/plpgsql-implementation.html#PLPGSQL-PLAN-CACHING
 */
export class DatabaseFunction extends DatabaseResource {
  /** The function's signature, such as `private.is_member(text)`. */
  declare readonly signature: pulumi.Output<string>;

  constructor(name: string, args: DatabaseFunctionArgs, options?: pulumi.CustomResourceOptions) {
    refuseUndefined(`DatabaseFunction ${name}`, args, ["definition"]);
    super({
      kind: "Function",
      name,
      args: { ...args, signature: undefined },
      options,
      describe: (known) => describe(known(args.definition)),
    });
  }
}

function describe(definition = ""): Description {
  return { ...parts(definition), isFunction: true };
}

function parts(definition: string): Description {
  const parts = readDefinition(definition);
  if (parts === undefined) return { makes: undefined, needed: [definition] };
  const { schema, name, needed, later } = parts;
  if (schema === undefined) return { makes: undefined, needed, later };
  const called = { as: "function", schema, name, isOwn: true } as const;
  return { makes: { identity: ["function", schema, name], named: called, afterMigrations: "likely" }, needed, later };
}
