import * as pulumi from "@pulumi/pulumi";
import { Publication } from "../kinds/publication/resource.ts";
import { formatReference } from "../sql/names.ts";
import type { ColumnReference, TableReference } from "../sql/reference.ts";
import type { TableLike } from "../sql/tag.ts";
import { refuseUndefined } from "../sql/undefined-values.ts";

export interface RealtimeChangesArgs {
  /** The columns by which subscribers pick rows, such as `app.tasks.projectId`; their tables are published. */
  readonly filters: readonly ColumnReference[];
  /** Tables that are published without such a column: whoever subscribes gets every row that policies let them read. Default: none. */
  readonly tables?: readonly TableLike[];
}

/**
 * Which tables' changes Supabase Realtime sends, and by which column subscribers pick theirs: a `Publication` of the component's name,
 * and what the contract needs to subscribe by the right names.
 *
 * @example
 * new RealtimeChanges("supabase_realtime", { filters: [app.tasks.projectId, app.notifications.userId] });
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
