import { z } from "zod";
import { policyDefinitionArgs } from "../../desired/policy-args.ts";
import { argsObject, columnText, tableText, textWrittenAs } from "../../sql/written.ts";

type TablePrivilege = "select" | "insert" | "update" | "delete" | "truncate" | "references" | "trigger" | "maintain";

/** A privilege, or one that the role may hand on. Which there are depends on the server, which is asked what a text means. */
const privilege = textWrittenAs<TablePrivilege | `${TablePrivilege} with grant option`>();

/**
 * `"all"`, a list of privileges on the whole table, or privileges with what they are for: `true` (the whole table), columns, or both
 * (`[true, "title"]`, as an import may find them).
 */
export const privilegesArgs = z.union(
  [
    z.literal("all"),
    z.array(privilege),
    z.record(privilege, z.union([z.literal(true), z.array(z.union([z.literal(true), columnText()]))])),
  ],
  'write "all", a list of privileges, or privileges with their columns: { select: true, update: ["title"] }',
);

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
