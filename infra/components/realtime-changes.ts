import * as pulumi from "@pulumi/pulumi";
import { Publication } from "../kinds/publication/resource.ts";
import { formatReference } from "../sql/names.ts";
import type { ColumnReference, TableReference } from "../sql/reference.ts";
import type { TableLike } from "../sql/tag.ts";
import { refuseUndefined } from "../sql/undefined-values.ts";

/**
 * The arguments of a `RealtimeChanges`.
 * @example
 * const changes: RealtimeChangesArgs = { filters: [app.tasks.projectId], tables: [app.projects] };
 */
export interface RealtimeChangesArgs {
  /** The columns that subscribers filter by, such as `app.tasks.projectId`. Their tables are published. */
  readonly filters: readonly ColumnReference[];
  /** Tables to publish without a filter: a subscriber receives every row that the policies let them read. Default: none. */
  readonly tables?: readonly TableLike[];
}

/**
 * The tables whose changes Supabase Realtime sends, with the columns that subscribers filter by. It declares the `Publication`
 * `supabase_realtime`, which Realtime listens to, whatever the component's name is, and gives the contract the names to subscribe with.
 *
 * @example
 * new RealtimeChanges("realtime", { filters: [app.tasks.projectId, app.notifications.userId] });
 * @see https://supabase.com/docs/guides/realtime/postgres-changes
 */
export class RealtimeChanges extends pulumi.ComponentResource {
  readonly publication: Publication;

  constructor(name: string, args: RealtimeChangesArgs, options?: pulumi.ComponentResourceOptions) {
    refuseUndefined(`RealtimeChanges ${name}`, args, ["filters"]);
    const filters = args.filters.map((column) => ({ table: formatReference(column.table), column: column.name }));
    super("palisade:components:RealtimeChanges", name, { filters }, options);
    const references = [...args.filters.map(({ table }) => table), ...(args.tables ?? []).map(({ $table }) => $table)];
    const tables = new Map<string, TableReference>(references.map((table) => [formatReference(table), table]));
    this.publication = new Publication(name, { tables: [...tables.values()] }, { parent: this });
    this.registerOutputs({});
  }
}
