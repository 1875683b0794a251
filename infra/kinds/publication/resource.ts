import type * as pulumi from "@pulumi/pulumi";
import { DatabaseResource, named } from "../../program/database-resource.ts";
import { knownText, type SqlInput, type TableInput, tableName, withTexts } from "../../program/table-inputs.ts";
import { refuseUndefined } from "../../sql/undefined-values.ts";

/** A table of which a publication sends a part. */
export interface PublishedTableArgs {
  /** The columns that are sent. Default: all. */
  readonly columns?: readonly string[];
  /** Condition on the rows that are sent. Default: all. */
  readonly where?: SqlInput;
}

export interface PublicationArgs {
  /** The publication. Default: `supabase_realtime`, which Supabase Realtime listens to. Changing it makes another resource. */
  readonly name?: pulumi.Input<string>;
  /**
   * The tables whose changes are sent, as a list, or by name with columns and a condition; any other member is drift, is shown, and is
   * taken out. Realtime ignores columns and conditions: they are for other subscribers.
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
 * Which tables' changes a publication sends. Realtime lets a subscriber see a row only if its policies do, and ignores column lists and
 * row filters.
 *
 * Deleting the resource empties `supabase_realtime`; any other publication is dropped.
 *
 * Errors, at preview: a table or column that does not exist; a condition that PostgreSQL takes no publication with; a table without a key,
 * whose updates would fail; a publication that another resource owns.
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
