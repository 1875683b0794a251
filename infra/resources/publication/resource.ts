import * as pulumi from "@pulumi/pulumi";
import { after, type TableInput, tableName } from "../declaration.ts";

export interface PublicationArgs {
  /** The publication. Default: `supabase_realtime`, which Supabase Realtime listens to. Changing it makes another resource. */
  readonly name?: pulumi.Input<string>;
  /** The tables whose changes are sent; any other member is drift, is shown, and is taken out. */
  readonly tables: readonly TableInput[];
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
 * Errors, at preview: a table that does not exist; a publication that another resource owns.
 *
 * @example
 * new Publication("realtime", { tables: [app.tasks, app.notifications] });
 * @see https://supabase.com/docs/guides/realtime/postgres-changes
 */
export class Publication extends pulumi.CustomResource {
  declare readonly name: pulumi.Output<string>;

  constructor(name: string, args: PublicationArgs, options?: pulumi.CustomResourceOptions) {
    super(
      "palisade:index:Publication",
      name,
      { ...args, tables: args.tables.map(tableName) },
      after(options, args.tables),
    );
  }
}
