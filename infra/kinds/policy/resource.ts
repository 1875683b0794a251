import type * as pulumi from "@pulumi/pulumi";
import { DatabaseResource, tableOf } from "../../program/database-resource.ts";
import { knownText, type SqlInput, type TableInput, tableName, withTexts } from "../../program/table-inputs.ts";
import { refuseUndefined } from "../../sql/undefined-values.ts";

/**
 * One row-level security policy.
 * @see https://www.postgresql.org/docs/current/sql-createpolicy.html
 */
export interface PolicyDefinitionArgs {
  /** Which command it is for. Default: `all`. */
  readonly command?: pulumi.Input<"all" | "select" | "insert" | "update" | "delete">;
  /** Whom it is for; `public` is everybody. Default: `["public"]`. */
  readonly roles?: pulumi.Input<pulumi.Input<string>[]>;
  /** `permissive` policies open (any one suffices), `restrictive` ones narrow (all must hold). Default: `permissive`. */
  readonly as?: pulumi.Input<"permissive" | "restrictive">;
  /** Condition on existing rows: which of them the command may see or change. Not for `insert`. */
  readonly using?: SqlInput;
  /** Condition on new rows: which of them may be written. Not for `select` and `delete`. Default: as `using`. */
  readonly withCheck?: SqlInput;
}

export interface PolicyArgs extends PolicyDefinitionArgs {
  /** The table, such as `storage.objects`. Changing it makes another policy. */
  readonly table: TableInput;
  /** The policy's name, at most 63 bytes. Changing it makes another policy. Default: the resource's name. */
  readonly name?: pulumi.Input<string>;
}

/**
 * One policy on a table that others share (`storage.objects`, `realtime.messages`, `auth.users`), or that is adopted step by step.
 * Where the application owns the whole table, declare a `TableAccess` instead: it also sees the policies that nobody declared. On tables
 * of the platform's an `ExclusivePolicies` does.
 *
 * Errors, at preview: the database's own message on `using` or `withCheck`; a table that a `TableAccess` owns; a table whose
 * `ExclusivePolicies` leaves the policy out.
 *
 * Warnings, at preview: a right that a condition needs and a role lacks, whose queries would then all fail; a function that a condition
 * calls and that a caller can put objects of their own into. See docs/helper-functions.md.
 *
 * @example
 * new Policy("avatars are read by everybody", {
 *   table: "storage.objects", command: "select", roles: ["anon", "authenticated"], using: sql`bucket_id = ${"avatars"}`,
 * });
 * @see https://supabase.com/docs/guides/storage/security/access-control
 */
export class Policy extends DatabaseResource {
  declare readonly table: pulumi.Output<string>;
  declare readonly name: pulumi.Output<string>;

  constructor(name: string, args: PolicyArgs, options?: pulumi.CustomResourceOptions) {
    refuseUndefined(`Policy ${name}`, args, ["table"]);
    const properties = { ...withTexts(args), name: args.name ?? name, table: tableName(args.table) };
    super({
      kind: "Policy",
      name,
      properties,
      options,
      tables: [args.table],
      describe: (known) => {
        const table = tableOf(known(properties.table));
        return {
          makes: table && { kind: "policy", table, name: known(properties.name) ?? name },
          needed: [known(properties.table), knownText(args.using, known), knownText(args.withCheck, known)],
        };
      },
    });
  }
}
