import * as pulumi from "@pulumi/pulumi";
import type { ArgsOf } from "../../program/args.ts";
import { afterMigrationsOf, DatabaseResource, tableOf } from "../../program/database-resource.ts";
import type { Made } from "../../program/needs.ts";
import { tableName } from "../../program/table-inputs.ts";
import type { QualifiedName } from "../../sql/quote.ts";
import { refuseUndefined } from "../../sql/undefined-values.ts";
import type { exclusivePoliciesArgs, ListedPolicy } from "./args.ts";

/**
 * The arguments of an `ExclusivePolicies`.
 * @example
 * const none: ExclusivePoliciesArgs = { table: "auth.users", policies: [] };
 */
export interface ExclusivePoliciesArgs extends ArgsOf<typeof exclusivePoliciesArgs> {}

/**
 * The complete list of policies on a table that you share with the platform (`storage.objects`, `realtime.messages`). A `Policy` resource
 * knows only itself; this one also finds the policies that somebody added by hand. It drops what is not in its list and creates nothing:
 * the policies in the list are created by their own `Policy` resources.
 *
 * The list must also name the policies that other stacks, other tools or people in the dashboard created on the table. If the table has
 * one that the list leaves out, creating the resource is refused until you adopt it (`pulumi import`, or `palisade:adopt`).
 *
 * Deleting the resource changes nothing in the database.
 *
 * Errors, at preview: a table that does not exist or that a `TableAccess` owns; a second list for the same table; a `Policy` on the
 * table that the list leaves out; a name twice, or longer than 63 bytes.
 *
 * @example
 * new ExclusivePolicies("storage.objects", { table: storageObjects, policies: [avatars, attachments, "made by another team"] });
 * @see https://supabase.com/docs/guides/storage/security/access-control
 */
export class ExclusivePolicies extends DatabaseResource {
  declare readonly table: pulumi.Output<string>;

  constructor(name: string, args: ExclusivePoliciesArgs, options?: pulumi.CustomResourceOptions) {
    refuseUndefined(`ExclusivePolicies ${name}`, args, ["table", "policies"]);
    const listed = isList(args.policies) ? args.policies.flatMap(namesOf) : Object.keys(args.policies);
    super({
      kind: "ExclusivePolicies",
      name,
      args: { table: args.table, policies: listed },
      options,
      describe: (known) => {
        const table = known(tableName(args.table));
        const found = tableOf(table);
        return { makes: found && madeOf(found), needed: [table] };
      },
    });
  }
}

function madeOf(table: QualifiedName): Made {
  const afterMigrations = afterMigrationsOf(table, undefined);
  return { identity: ["policies", table.schema, table.name], table, decides: "policies", afterMigrations };
}

function isList(policies: ExclusivePoliciesArgs["policies"]): policies is readonly ListedPolicy[] {
  return Array.isArray(policies);
}

function namesOf(policies: ListedPolicy): pulumi.Input<string>[] {
  if (typeof policies === "string" || policies instanceof Promise || pulumi.Output.isInstance(policies))
    return [policies];
  return "policies" in policies ? policies.policies.map(({ name }) => name) : [policies.name];
}
