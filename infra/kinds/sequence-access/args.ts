import { z } from "zod";
import { sequencePrivilegesArgs } from "../../desired/grants-args.ts";
import { argsObject } from "../../sql/written.ts";

export const sequenceAccessArgs = argsObject({
  /** The sequence, such as `"public.invoice_numbers"`. Changing it replaces the resource. */
  sequence: z.string(),
  /** The sequence's owner. That of a column's sequence is always the table's. Default: the role that deploys. */
  owner: z.string().optional(),
  /** Privileges by role. Any other grant, except the owner's, is drift: the preview shows it, and the update revokes it. Default: none. */
  grants: z.record(z.string(), sequencePrivilegesArgs).default({}),
});
