import { z } from "zod";
import { policyDefinitionArgs } from "../../desired/policy-args.ts";
import { argsObject, tableText } from "../../sql/written.ts";

export const policyArgs = argsObject({
  ...policyDefinitionArgs.shape,
  /** The table, such as `storage.objects`. Changing it replaces the policy. */
  table: tableText(),
  /** The policy's name, at most 63 bytes. Changing it replaces the policy. Default: the resource's name. */
  name: z.string(),
});
