import { z } from "zod";
import { privilegesArgs } from "../../desired/grants-args.ts";
import { argsObject, tableText } from "../../sql/written.ts";

export const viewAccessArgs = argsObject({
  /** The view, materialised view or foreign table, such as `"public.task_totals"`. Changing it replaces the resource. */
  view: tableText(),
  /** The view's owner. A view without `securityInvoker` reads with the owner's rights. Default: the role that deploys. */
  owner: z.string().optional(),
  /**
   * Whether the view reads with the rights of whoever queries it, and so by the policies for them. A view that reads with its owner's rights
   * needs `false`, and so does each materialised view and foreign table: the caller's policies don't apply to any of these. Default: true.
   */
  securityInvoker: z.boolean().default(true),
  /** Whether conditions of a query are kept from seeing rows that the view leaves out. Of a view only. Default: false. */
  securityBarrier: z.boolean().default(false),
  /** Privileges by role. Any other grant, except the owner's, is drift: the preview shows it, and the update revokes it. Default: none. */
  grants: z.record(z.string(), privilegesArgs).default({}),
});
