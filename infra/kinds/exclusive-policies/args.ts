import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { argsObject, tableText, textWrittenAs } from "../../sql/written.ts";

/** A policy's resource, a component that has some, or a policy's name. */
export type ListedPolicy = NamedPolicy | { readonly policies: readonly NamedPolicy[] } | pulumi.Input<string>;

/** A `Policy`. */
interface NamedPolicy {
  readonly table: pulumi.Output<string>;
  readonly name: pulumi.Output<string>;
}

export const exclusivePoliciesArgs = argsObject({
  /** The table, such as `storage.objects`. Changing it replaces the resource. */
  table: tableText(),
  /**
   * The policies that the table may have: `Policy` resources, components that declare some (`FileBucket`, `RealtimeTopic`), or names. The
   * form `{ avatars_select: true }` is what `pulumi import` writes. Any other policy on the table is drift: the preview shows what it lets
   * through, and the update drops it. An empty list means that the table has no policies.
   */
  policies: z.union(
    [z.array(textWrittenAs<ListedPolicy>()), z.record(z.string(), z.literal(true))],
    'write a list of the names of policies: ["avatars_select"]',
  ),
});
