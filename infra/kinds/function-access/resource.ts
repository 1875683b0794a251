import type * as pulumi from "@pulumi/pulumi";
import type { ArgsOf } from "../../program/args.ts";
import { DatabaseResource } from "../../program/database-resource.ts";
import { splitSignature } from "../../sql/signature.ts";
import { refuseUndefined } from "../../sql/undefined-values.ts";
import type { functionAccessArgs } from "./args.ts";

/**
 * The arguments of a `FunctionAccess`.
 * @example
 * const args: FunctionAccessArgs = { function: "public.total(text)", execute: ["authenticated"], searchPath: [] };
 */
export interface FunctionAccessArgs extends ArgsOf<typeof functionAccessArgs> {}

/**
 * Who may execute a function, procedure or aggregate that a migration creates, and with whose rights it runs. Its body
 * stays with the migration; for a function whose body belongs to the program, use `DatabaseFunction`.
 *
 * Nobody but the owner may execute it unless the program says so. By itself, PostgreSQL lets everybody (PUBLIC) execute
 * a new function, and the API serves those in `public` to anyone. DROP FUNCTION followed by CREATE FUNCTION restores
 * that, and CREATE OR REPLACE resets SECURITY DEFINER and the search_path to what it says. After a migration has done
 * so, the declared state is restored in the migration's own transaction.
 *
 * Deleting the resource revokes EXECUTE from everybody but the owner; everything else stays.
 *
 * Errors at preview: a function or role that does not exist; an extension's function; a function that another resource
 * declares.
 *
 * Warnings at preview: EXECUTE that a policy needs and a role lacks; `securityDefiner` without a search_path.
 *
 * @example
 * new FunctionAccess("search", { function: "public.search_tasks(text)", execute: ["authenticated"] });
 * @example
 * new FunctionAccess("sign up", { function: "public.handle_new_user()", securityDefiner: true, searchPath: ["pg_catalog", "pg_temp"] });
 * @see https://www.postgresql.org/docs/current/sql-alterroutine.html
 */
export class FunctionAccess extends DatabaseResource {
  declare readonly function: pulumi.Output<string>;

  constructor(name: string, args: FunctionAccessArgs, options?: pulumi.CustomResourceOptions) {
    refuseUndefined(`FunctionAccess ${name}`, args, ["function"]);
    super({
      kind: "FunctionAccess",
      name,
      args,
      options,
      describe: (known) => {
        const signature = known(args.function);
        return { makes: madeBy(signature), needed: [signature] };
      },
    });
  }
}

/** Undefined: the text is not a signature, which the provider will report. */
function madeBy(signature = "") {
  try {
    const { schema, name } = splitSignature(signature);
    const called = { as: "function", schema, name, isOwn: false } as const;
    return { identity: ["function access", schema, name], named: called, afterMigrations: "needed" } as const;
  } catch {
    return undefined;
  }
}
