import type * as pulumi from "@pulumi/pulumi";
import { DatabaseResource, tableOf } from "../../program/database-resource.ts";
import { type TableInput, tableName } from "../../program/table-inputs.ts";
import { refuseUndefined } from "../../sql/undefined-values.ts";
import { Policy } from "../policy/resource.ts";

/**
 * The arguments of an `ExclusivePolicies`.
 * @example
 * const none: ExclusivePoliciesArgs = { table: "auth.users", policies: [] };
 */
export interface ExclusivePoliciesArgs {
  /** The table, such as `storage.objects`. Changing it replaces the resource. */
  readonly table: TableInput;
  /**
   * The policies that the table may have: `Policy` resources, components that declare some (`FileBucket`, `RealtimeTopic`), or names. The
   * form `{ avatars_select: true }` is what `pulumi import` writes. Any other policy on the table is drift: the preview shows what it lets
   * through, and the update drops it. An empty list means that the table has no policies.
   */
  readonly policies: readonly ListedPolicy[] | { readonly [name: string]: true };
}

type ListedPolicy = Policy | { readonly policies: readonly Policy[] } | pulumi.Input<string>;

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
    const properties = { table: tableName(args.table), policies: listed };
    super({
      kind: "ExclusivePolicies",
      name,
      properties,
      options,
      tables: [args.table],
      describe: (known) => {
        const table = tableOf(known(properties.table));
        return { makes: table && { kind: "policies", table }, needed: [known(properties.table)] };
      },
    });
  }
}

function isList(policies: ExclusivePoliciesArgs["policies"]): policies is readonly ListedPolicy[] {
  return Array.isArray(policies);
}

function namesOf(policies: ListedPolicy): pulumi.Input<string>[] {
  if (policies instanceof Policy) return [policies.name];
  if (typeof policies === "object" && "policies" in policies) return policies.policies.map(({ name }) => name);
  return [policies];
}
