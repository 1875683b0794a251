import type * as pulumi from "@pulumi/pulumi";
import type { policyDefinitionArgs } from "../../desired/policy-args.ts";
import type { ArgsOf } from "../../program/args.ts";
import { afterMigrationsOf, DatabaseResource, tableOf } from "../../program/database-resource.ts";
import type { Made } from "../../program/needs.ts";
import { knownText, tableName } from "../../program/table-inputs.ts";
import type { QualifiedName } from "../../sql/quote.ts";
import { refuseUndefined } from "../../sql/undefined-values.ts";
import type { policyArgs } from "./args.ts";

/**
 * One row-level security policy, as `TableAccess` lists them by name.
 * @example
 * const ownRows: PolicyDefinitionArgs = { command: "select", roles: ["authenticated"], using: sql`${app.users.id} = (select ${currentUserId}())` };
 * @see https://www.postgresql.org/docs/current/sql-createpolicy.html
 */
export interface PolicyDefinitionArgs extends ArgsOf<typeof policyDefinitionArgs> {}

/**
 * The arguments of a `Policy`.
 * @example
 * const args: PolicyArgs = { table: storageObjects, command: "select", using: sql`${storageObjects.bucketId} = ${"avatars"}` };
 */
export interface PolicyArgs extends ArgsOf<typeof policyArgs, "name"> {}

/**
 * One policy on a table that you share with the platform (`storage.objects`, `realtime.messages`, `auth.users`), or on
 * a table that you adopt policy by policy. For a table of your own, declare a `TableAccess`: it also finds undeclared
 * policies. For one of the platform's tables, `ExclusivePolicies` does.
 *
 * Deleting the resource drops the policy; row-level security stays as it is.
 *
 * Errors at preview: the database's message on `using` or `withCheck`; a table that a `TableAccess` owns; a table whose
 * `ExclusivePolicies` leaves the policy out.
 *
 * Warnings at preview: a privilege that a condition needs and a role lacks, so that each of the role's queries would
 * fail; a function called by a condition, in which a caller can shadow types or tables (see `DatabaseFunction`).
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
    const given = { ...args, name: args.name ?? name };
    super({
      kind: "Policy",
      name,
      args: given,
      options,
      describe: (known) => {
        const table = tableName(args.table);
        const found = tableOf(known(table));
        return {
          makes: found && madeOf(found, known(given.name) ?? name),
          needed: [known(table), knownText(args.using, known), knownText(args.withCheck, known)],
        };
      },
    });
  }
}

function madeOf(table: QualifiedName, name: string): Made {
  return {
    identity: ["policy", table.schema, table.name, name],
    table,
    decides: "policy",
    afterMigrations: afterMigrationsOf(table, "likely"),
  };
}
