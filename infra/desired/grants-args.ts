import { z } from "zod";
import { columnText, textWrittenAs } from "../sql/written.ts";

type TablePrivilege = "select" | "insert" | "update" | "delete" | "truncate" | "references" | "trigger" | "maintain";

/**
 * A privilege, with or without the grant option. Which privileges exist depends on the server, which is asked about the
 * text.
 */
const privilege = textWrittenAs<TablePrivilege | `${TablePrivilege} with grant option`>();

/**
 * `"all"`, a list of privileges on the whole table, or privileges by name: `true` (the whole table), columns, or both
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

type SequencePrivilege = "usage" | "select" | "update";

/** The same on a sequence, which has no columns. */
export const sequencePrivilegesArgs = z.union(
  [
    z.literal("all"),
    z.array(textWrittenAs<SequencePrivilege | `${SequencePrivilege} with grant option`>()),
    z.record(textWrittenAs<SequencePrivilege | `${SequencePrivilege} with grant option`>(), z.literal(true)),
  ],
  'write "all", or a list of privileges: ["usage"]',
);
