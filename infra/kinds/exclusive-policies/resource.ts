import type * as pulumi from "@pulumi/pulumi";
import { DatabaseResource, tableOf } from "../../program/database-resource.ts";
import { type TableInput, tableName } from "../../program/table-inputs.ts";
import { refuseUndefined } from "../../sql/undefined-values.ts";
import { Policy } from "../policy/resource.ts";

export interface ExclusivePoliciesArgs {
  /** The table, such as `storage.objects`. Changing it makes another resource. */
  readonly table: TableInput;
  /**
   * The policies that the table may have: `Policy` resources, components that have some (`FileBucket`, `RealtimeTopic`), or names; or, as
   * an import finds them, `{ avatars_select: true }`. Any other policy on the table is drift, is shown with what it lets through, and is
   * dropped. None: the table has no policies.
   */
  readonly policies: readonly ListedPolicy[] | { readonly [name: string]: true };
}

type ListedPolicy = Policy | { readonly policies: readonly Policy[] } | pulumi.Input<string>;

/**
 * All the policies of a table that others share (`storage.objects`, `realtime.messages`): single `Policy` resources never see one that
 * somebody adds by hand beside them, this one does. It drops what is not in its list, and makes nothing: a policy that is in the list
 * and not on the table is its `Policy` resource's to make.
 *
 * Policies that other stacks, other tools or you in the dashboard make on the table must be in the list as well. Where the table has
 * some that are not, creating the resource is refused until you take it over (`pulumi import`, or `palisade:adopt`).
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
