import type * as pulumi from "@pulumi/pulumi";
import { DatabaseResource, named } from "../../program/database-resource.ts";
import { knownText, type SqlInput, type TableInput, tableName, withTexts } from "../../program/table-inputs.ts";
import { refuseUndefined } from "../../sql/undefined-values.ts";

/**
 * What a publication sends of a table.
 * @example
 * const openTasks: PublishedTableArgs = { columns: ["id", "title"], where: "status <> 'DONE'" };
 */
export interface PublishedTableArgs {
  /** The columns that are sent. Default: all. */
  readonly columns?: readonly string[];
  /** The condition on the rows that are sent. Default: none. */
  readonly where?: SqlInput;
}

/**
 * The arguments of a `Publication`.
 * @example
 * const inserts: PublicationArgs = { name: "audit", tables: { "public.tasks": { columns: ["id", "title"] } }, publish: ["insert"] };
 */
export interface PublicationArgs {
  /** The publication's name. Changing it replaces the publication. Default: `supabase_realtime`, which Supabase Realtime listens to. */
  readonly name?: pulumi.Input<string>;
  /**
   * The tables whose changes are sent: a list, or by name with columns and a condition. Any other table in the publication is drift: the
   * preview shows it, and the update removes it. Realtime ignores columns and conditions; other subscribers don't.
   */
  readonly tables: readonly TableInput[] | { readonly [table: string]: PublishedTableArgs };
  /** The publication's owner, who may change its members. Default: the role that deploys. */
  readonly owner?: pulumi.Input<string>;
  /** Which changes are sent. Default: all four. */
  readonly publish?: pulumi.Input<pulumi.Input<"insert" | "update" | "delete" | "truncate">[]>;
  /** Whether a partition's changes are sent as its parent's. Default: false. */
  readonly viaPartitionRoot?: pulumi.Input<boolean>;
}

/**
 * A publication: the tables whose changes are sent to subscribers. Realtime sends a row to a subscriber only if the policies let the
 * subscriber read it.
 *
 * Deleting the resource empties `supabase_realtime`; any other publication is dropped.
 *
 * Errors at preview: a table or column that does not exist; a condition that PostgreSQL does not allow in a publication; a table without
 * a replica identity, whose updates would fail; a publication that another resource owns.
 *
 * @example
 * new Publication("realtime", { tables: [app.tasks, app.notifications] });
 * @see https://supabase.com/docs/guides/realtime/postgres-changes
 */
export class Publication extends DatabaseResource {
  declare readonly name: pulumi.Output<string>;

  constructor(name: string, args: PublicationArgs, options?: pulumi.CustomResourceOptions) {
    refuseUndefined(`Publication ${name}`, args, ["tables"]);
    const { tables } = args;
    const properties = isList(tables)
      ? { ...args, tables: tables.map(tableName) }
      : {
          ...args,
          tables: Object.fromEntries(Object.entries(tables).map(([table, part]) => [table, withTexts(part)])),
        };
    super({
      kind: "Publication",
      name,
      properties,
      options,
      tables: isList(tables) ? tables : [],
      describe: (known) => ({
        makes: named("publication", known(args.name) ?? "supabase_realtime"),
        needed: isList(tables)
          ? tables.map((table) => known(tableName(table)))
          : Object.entries(tables).flatMap(([table, { where }]) => [table, knownText(where, known)]),
      }),
    });
  }
}

function isList(tables: PublicationArgs["tables"]): tables is readonly TableInput[] {
  return Array.isArray(tables);
}
