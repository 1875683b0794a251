import { z } from "zod";
import { argsObject, sqlText, tableText } from "../../sql/written.ts";

/** A table of which a publication sends a part. */
export const publishedTableArgs = argsObject({
  /** The columns that are sent. Default: all. */
  columns: z.array(z.string()).min(1).optional(),
  /** The condition on the rows that are sent. Default: none. */
  where: sqlText().optional(),
});

export const publicationArgs = argsObject({
  /** The publication's name. Changing it replaces the publication. Default: `supabase_realtime`, which Supabase Realtime listens to. */
  name: z.string().default("supabase_realtime"),
  /** The publication's owner, who may change its members. Default: the role that deploys. */
  owner: z.string().optional(),
  /**
   * The tables whose changes are sent: a list, or by name with columns and a condition. Any other table in the publication is drift: the
   * preview shows it, and the update removes it. Realtime ignores columns and conditions; other subscribers don't.
   */
  tables: z.union(
    [z.array(tableText()), z.record(z.string(), publishedTableArgs)],
    'write a list of tables, or tables by name with columns and where: { "public.tasks": { columns: ["id"] } }',
  ),
  /** Which changes are sent. Default: all four. */
  publish: z
    .array(z.enum(["insert", "update", "delete", "truncate"]))
    .min(1)
    .default(["insert", "update", "delete", "truncate"]),
  /** Whether a partition's changes are sent as its parent's. Default: false. */
  viaPartitionRoot: z.boolean().default(false),
});
