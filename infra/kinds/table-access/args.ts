import { z } from "zod";
import { privilegesArgs } from "../../desired/grants-args.ts";
import { policyDefinitionArgs } from "../../desired/policy-args.ts";
import { argsObject, tableText } from "../../sql/written.ts";

export const tableAccessArgs = argsObject({
  /** The table, such as `app.tasks` or `"public.tasks"`. Changing it replaces the resource. */
  table: tableText(),
  /** The table's owner, who needs no grant and, unless row-level security is forced, no policy. Default: the role that deploys. */
  owner: z.string().optional(),
  /** Whether row-level security is on. Default: true. */
  rowSecurity: z.boolean().default(true),
  /** Whether row-level security holds for the table's owner as well. Default: false. */
  forceRowSecurity: z.boolean().default(false),
  /** The table's policies by name. Any other policy on the table is drift: the preview shows it, and the update drops it. Default: none. */
  policies: z.record(z.string(), policyDefinitionArgs).default({}),
  /** Privileges by role. Any other grant, except the owner's, is drift: the preview shows it, and the update revokes it. Default: none. */
  grants: z.record(z.string(), privilegesArgs).default({}),
});
