import type * as pulumi from "@pulumi/pulumi";
import { DatabaseResource, tableOf } from "../../program/database-resource.ts";
import { knownText, type SqlInput, type TableInput, tableName, withTexts } from "../../program/table-inputs.ts";
import { refuseUndefined } from "../../sql/undefined-values.ts";

/**
 * One row-level security policy, as `TableAccess` lists them by name.
 * @example
 * const ownRows: PolicyDefinitionArgs = { command: "select", roles: ["authenticated"], using: sql`${app.users.id} = (select ${currentUserId}())` };
 * @see https://www.postgresql.org/docs/current/sql-createpolicy.html
 */
export interface PolicyDefinitionArgs {
  /** The command that it applies to. Default: `all`. */
  readonly command?: pulumi.Input<"all" | "select" | "insert" | "update" | "delete">;
  /** The roles that it applies to; `public` is everybody. Default: `["public"]`. */
  readonly roles?: pulumi.Input<pulumi.Input<string>[]>;
  /** A row needs one `permissive` policy that allows it, and every `restrictive` policy must allow it. Default: `permissive`. */
  readonly as?: pulumi.Input<"permissive" | "restrictive">;
  /** The condition on existing rows: those that the command may see or change. Not for `insert`. */
  readonly using?: SqlInput;
  /** The condition on new rows: those that may be written. Not for `select` and `delete`. Default: the same as `using`. */
  readonly withCheck?: SqlInput;
}

/**
 * The arguments of a `Policy`.
 * @example
 * const args: PolicyArgs = { table: storageObjects, command: "select", using: sql`${storageObjects.bucketId} = ${"avatars"}` };
 */
export interface PolicyArgs extends PolicyDefinitionArgs {
  /** The table, such as `storage.objects`. Changing it replaces the policy. */
  readonly table: TableInput;
  /** The policy's name, at most 63 bytes. Changing it replaces the policy. Default: the resource's name. */
  readonly name?: pulumi.Input<string>;
}

/**
 * One policy on a table that you share with the platform (`storage.objects`, `realtime.messages`, `auth.users`), or on a table that you
 * adopt policy by policy. For a table of your own declare a `TableAccess`: it also finds the policies that nobody declared. For a table of
 * the platform's, `ExclusivePolicies` finds them.
 *
 * Errors at preview: the database's message on `using` or `withCheck`; a table that a `TableAccess` owns; a table whose
 * `ExclusivePolicies` leaves the policy out.
 *
 * Warnings at preview: a right that a condition needs and a role lacks, so that each of the role's queries would fail; a function that a
 * condition calls and whose types or tables a caller can replace by their own. See docs/helper-functions.md.
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
