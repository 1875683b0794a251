import { z } from "zod";
import { realtimePublication } from "../../sql/platform-schemas.ts";
import { argsObject, sqlText, tableText } from "../../sql/written.ts";

/** A unique index whose columns are all NOT NULL. */
const replicaIdentityIndexArgs = argsObject({
  /** The index's name, without its schema. */
  index: z.string(),
});

/** A table of which a publication sends a part. */
export const publishedTableArgs = argsObject({
  /** The columns that are sent. Default: all. */
  columns: z.array(z.string()).min(1).optional(),
  /** The condition on the rows that are sent. Default: none. */
  where: sqlText().optional(),
  /**
   * What identifies a row in updates and deletes, and is sent of the old row: the primary key (`default`), the whole row (`full`), `nothing`,
   * or the columns of a unique index. Realtime sends old rows, and says that a row no longer matches a filter, only if it is `full`.
   * Default: left as it is.
   */
  replicaIdentity: z
    .union(
      [z.enum(["default", "full", "nothing"]), replicaIdentityIndexArgs],
      'write "default", "full", "nothing", or an index: { index: "tasks_number_key" }',
    )
    .optional(),
});

export const publicationArgs = argsObject({
  /** The publication's name. Changing it replaces the publication. Default: `supabase_realtime`, which Supabase Realtime listens to. */
  name: z.string().default(realtimePublication),
  /** The publication's owner, who may change its members. Default: the role that deploys. */
  owner: z.string().optional(),
  /**
   * The tables whose changes are sent: a list, or by name with columns and a condition. Any other table in the publication is drift: the
   * preview shows it, and the update removes it. Realtime ignores columns and conditions; other subscribers don't.
   */
  tables: z.union(
    [z.array(tableText()), z.record(z.string(), publishedTableArgs)],
    'write a list of tables, or tables by name with columns, where and replicaIdentity: { "public.tasks": { columns: ["id"] }, "public.notes": { replicaIdentity: "full" } }',
  ),
  /** Which changes are sent. Default: all four. */
  publish: z
    .array(z.enum(["insert", "update", "delete", "truncate"]))
    .min(1)
    .default(["insert", "update", "delete", "truncate"]),
  /** Whether a partition's changes are sent as its parent's. Default: false. */
  viaPartitionRoot: z.boolean().default(false),
});
