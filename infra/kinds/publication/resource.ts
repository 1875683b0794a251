import type * as pulumi from "@pulumi/pulumi";
import type { ArgsOf } from "../../program/args.ts";
import { DatabaseResource } from "../../program/database-resource.ts";
import { knownText, tableName } from "../../program/table-inputs.ts";
import { realtimePublication } from "../../sql/platform-schemas.ts";
import { refuseUndefined } from "../../sql/undefined-values.ts";
import type { publicationArgs, publishedTableArgs } from "./args.ts";

/**
 * How a publication sends a table.
 * @example
 * const openTasks: PublishedTableArgs = { columns: ["id", "title"], where: "status <> 'DONE'" };
 */
export interface PublishedTableArgs extends ArgsOf<typeof publishedTableArgs> {}

/**
 * The arguments of a `Publication`.
 * @example
 * const inserts: PublicationArgs = { name: "audit", tables: { "public.tasks": { columns: ["id", "title"] } }, publish: ["insert"] };
 */
export interface PublicationArgs extends ArgsOf<typeof publicationArgs> {}

/**
 * A publication: the tables whose changes are sent to subscribers. Realtime sends a row to a subscriber only if the
 * policies let the subscriber read it.
 *
 * A table's `replicaIdentity` is set if it is declared, and otherwise left alone; deleting the resource does not change
 * it.
 *
 * Deleting the resource empties `supabase_realtime`; any other publication is dropped.
 *
 * Errors at preview: a table or column that does not exist; a condition that PostgreSQL does not allow in a
 * publication; a table without a replica identity, whose updates would fail; a publication that another resource owns.
 *
 * @example
 * new Publication("realtime", { tables: [app.tasks, app.notifications] });
 * @example
 * new Publication("realtime", { tables: { "public.tasks": { replicaIdentity: "full" }, "public.notifications": {} } }); // old rows are sent
 * @see https://supabase.com/docs/guides/realtime/postgres-changes
 */
export class Publication extends DatabaseResource {
  declare readonly name: pulumi.Output<string>;

  constructor(name: string, args: PublicationArgs, options?: pulumi.CustomResourceOptions) {
    refuseUndefined(`Publication ${name}`, args, ["tables"]);
    const { tables } = args;
    // Given even if it is the default: only a property that is given becomes an output.
    const given = { ...args, name: args.name ?? realtimePublication };
    super({
      kind: "Publication",
      name,
      args: given,
      options,
      describe: (known) => ({
        makes: madeBy(known(given.name)),
        needed: isList(tables)
          ? tables.map((table) => known(tableName(table)))
          : Object.entries(tables).flatMap(([table, { where }]) => [table, knownText(where, known)]),
      }),
    });
  }
}

function madeBy(name: string | undefined) {
  return name === undefined ? undefined : ({ identity: ["publication", name], afterMigrations: "needed" } as const);
}

function isList(tables: PublicationArgs["tables"]): tables is Extract<PublicationArgs["tables"], readonly unknown[]> {
  return Array.isArray(tables);
}
