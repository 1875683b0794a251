import { withPublication } from "../../access/reach/overlay.ts";
import { select } from "../../catalog/part.ts";
import { probeColumn } from "../../catalog/probes/column.ts";
import { probeCondition } from "../../catalog/probes/condition.ts";
import { InputError, type Problem } from "../../errors/errors.ts";
import { nameIdOf } from "../../lifecycle/import-id.ts";
import type { Kind } from "../../lifecycle/kind.ts";
import {
  foreignTable,
  normaliseOwner,
  type Owned,
  ownerProblems,
  planOwner,
  refuseForeignOwner,
} from "../../lifecycle/owner.ts";
import { expressionProblem, loadParser } from "../../sql/parser.ts";
import { platformSchemaProblem, realtimePublication } from "../../sql/platform-schemas.ts";
import {
  formatQualified,
  nameProblem,
  parseQualified,
  qualifiedNameProblem,
  quoteIdentifier,
  quoteLiteral,
  quoteQualified,
} from "../../sql/quote.ts";
import { isEqual, ownEntry, type Properties } from "../../values/properties.ts";
import { adoptable } from "./adopt.ts";
import { publicationArgs } from "./args.ts";
import { type PublicationRow, publications } from "./catalog.ts";
import { publicationContradictions, publishes } from "./contradictions.ts";
import { probeMember } from "./probe.ts";
import {
  claimIdentities,
  identityProblems,
  planIdentities,
  type ReplicaIdentity,
  readIdentity,
  relateIdentities,
  withoutIdentity,
} from "./replica-identity.ts";

export type Member = Properties & {
  readonly columns?: readonly string[];
  readonly where?: string;
  readonly replicaIdentity?: ReplicaIdentity;
};

export type Publication = Owned & {
  readonly name: string;
  readonly tables: { readonly [table: string]: Member };
  readonly publish: readonly string[];
  readonly viaPartitionRoot: boolean;
  /** Live only: FOR ALL TABLES and FOR TABLES IN SCHEMA, which can't be declared. */
  readonly allTables?: true;
  readonly schemas?: readonly string[];
};

/** @see https://www.postgresql.org/docs/current/sql-alterpublication.html */
export const publication: Kind<Publication, typeof publicationArgs> = {
  name: "Publication",
  description: "The tables whose changes a publication sends, such as supabase_realtime.",
  input: publicationArgs,
  replaceOn: ["name"],
  derived: ["allTables", "schemas"],
  liveOnly: ["allTables", "schemas"],

  async normalise(declared, { server }) {
    await loadParser();
    const { name, publish, viaPartitionRoot } = declared;
    const members = Array.isArray(declared.tables)
      ? declared.tables.map((table) => [table, {}] as const)
      : Object.entries(declared.tables);
    const problems: Problem[] = [nameProblem(name) ?? []].flat().map((message) => ({ path: ["name"], message }));
    for (const [index, [table]] of members.entries()) {
      const message =
        qualifiedNameProblem(table) ?? platformSchemaProblem(parseQualified(table), "Publish tables of your own");
      if (message === undefined) continue;
      return [{ path: ["tables", Array.isArray(declared.tables) ? index : table], message }];
    }
    const tables = members.map(
      ([table, member]) => [formatQualified(parseQualified(table)), normaliseMember(member)] as const,
    );
    if (!Array.isArray(declared.tables)) problems.push(...repetitions(tables.map(([table]) => table)));
    for (const [table, member] of tables) {
      const { columns = [], where } = member;
      problems.push(...identityProblems(table, member));
      const report = (key: string, message: string | undefined) => {
        if (message !== undefined) problems.push({ path: ["tables", table, key], message });
      };
      for (const column of columns) report("columns", nameProblem(column));
      if (where !== undefined) report("where", expressionProblem(where));
    }
    const owner = normaliseOwner(declared.owner, server);
    problems.push(...ownerProblems(owner, [], []));
    if (problems.length > 0) return problems;
    return {
      name,
      owner,
      tables: Object.fromEntries([...tables].sort(([left], [right]) => (left < right ? -1 : 1))),
      publish: [...new Set(publish)].sort(),
      viaPartitionRoot,
    };
  },

  identify: (args) => args.name,
  adoptable,
  importId: (id, catalog) => nameIdOf(id, catalog.of(publications).keys(), "the publication"),
  roles: ({ owner }) => ({ owner }),
  answersFor: ({ name }) => [{ kind: "publication", id: name }],
  claims: ({ name, tables }) => [
    { on: `publication ${name}`, description: `the publication ${name}` },
    ...claimIdentities(tables),
  ],
  reachAfter: (reachable, { name, tables, allTables = false, schemas = [] }, becomes) =>
    withPublication(
      reachable,
      name,
      becomes === "removed" ? undefined : { name, allTables, schemas, tables: Object.keys(tables) },
    ),
  texts: (args) =>
    Object.entries(args.tables).flatMap(([table, { where }]) => {
      const path = ["tables", table, "where"];
      return where === undefined
        ? []
        : [{ path, sql: where, probe: probeCondition(path, parseQualified(table), where) }];
    }),
  probes: ({ tables, publish, viaPartitionRoot }) =>
    Object.entries(tables).flatMap(([name, { columns = [], where, replicaIdentity }]) => {
      const path = ["tables", name];
      const table = parseQualified(name);
      const sendsOldRows = publish.includes("update") || publish.includes("delete");
      return [
        probeMember(path, { table, columns, where, replicaIdentity, sendsOldRows, viaPartitionRoot }),
        ...columns.map((column) => probeColumn([...path, "columns"], table, column)),
      ];
    }),
  reads: [publications],
  scope: (id) => [select(publications, [id])],
  find(catalog, id) {
    const row = catalog.of(publications).get(id);
    return row === undefined ? undefined : publicationOf(row);
  },
  relate: (live, declared) => ({ ...live, tables: relateIdentities(live.tables, declared?.tables) }),
  /** The platform creates `supabase_realtime` empty. */
  isUntouched: (live) =>
    Object.keys(live.tables).length === 0 && live.allTables === undefined && live.schemas === undefined,

  async inspect({ live, desired, operation, report }) {
    const catalog = await operation.snapshot();
    const id = `the publication ${desired.name}`;
    await refuseForeignOwner({ id, live, desired, operation, report, home: "database" });
    const added = Object.entries(desired.tables).flatMap(([table, member]) => {
      const before = ownEntry(live?.tables, table);
      return before === undefined || !isEqual(before.replicaIdentity, member.replicaIdentity) ? [table] : [];
    });
    const problems = added.flatMap((table) => {
      const owner = catalog.tables.get(table)?.owner;
      return owner === undefined || catalog.server.actsAs.includes(owner)
        ? []
        : [{ path: ["tables", table], message: foreignTable(table, owner, catalog.server) }];
    });
    if (problems.length > 0) throw new InputError(problems);
  },

  plan(live, desired, server) {
    const name = quoteIdentifier(desired.name);
    const options = `publish = ${quoteLiteral(desired.publish.join(", "))}, publish_via_partition_root = ${desired.viaPartitionRoot}`;
    const wanted = Object.entries(desired.tables);
    // First, because whether a table can be published may depend on it.
    const identities = planIdentities(live?.tables ?? {}, desired.tables);
    // FOR ALL TABLES can't be removed by ALTER PUBLICATION.
    if (live === undefined || live.allTables) {
      const members =
        wanted.length === 0
          ? ""
          : ` for table ${wanted.map(([table, member]) => memberClause(table, member)).join(", ")}`;
      return [
        ...identities,
        ...(live === undefined ? [] : [`drop publication ${name}`]),
        `create publication ${name}${members} with (${options})`,
        ...planOwner(`publication ${name}`, server.user, desired.owner),
      ];
    }
    const isKept = (table: string) =>
      isEqual(withoutIdentity(ownEntry(live.tables, table)), withoutIdentity(ownEntry(desired.tables, table)));
    const dropped = Object.keys(live.tables).filter((table) => !isKept(table));
    const added = wanted.filter(([table]) => !isKept(table));
    const isSameSetting =
      live.publish.join() === desired.publish.join() && live.viaPartitionRoot === desired.viaPartitionRoot;
    return [
      ...identities,
      ...planOwner(`publication ${name}`, live.owner, desired.owner),
      ...(live.schemas === undefined
        ? []
        : [`alter publication ${name} drop tables in schema ${live.schemas.map(quoteIdentifier).join(", ")}`]),
      ...(dropped.length === 0
        ? []
        : [
            `alter publication ${name} drop table ${dropped.map((table) => quoteQualified(parseQualified(table))).join(", ")}`,
          ]),
      ...(added.length === 0
        ? []
        : [
            `alter publication ${name} add table ${added.map(([table, member]) => memberClause(table, member)).join(", ")}`,
          ]),
      ...(isSameSetting ? [] : [`alter publication ${name} set (${options})`]),
    ];
  },

  /** The platform's own publication is emptied but never dropped: Realtime uses it by name. */
  remove(live) {
    const tables = Object.keys(live.tables).map((table) => quoteQualified(parseQualified(table)));
    if (live.name !== realtimePublication) return [`drop publication ${quoteIdentifier(live.name)}`];
    return tables.length === 0
      ? []
      : [`alter publication ${quoteIdentifier(live.name)} drop table ${tables.join(", ")}`];
  },

  contradictions: (effects, { id, inputs }) => publicationContradictions(effects, id, inputs),
  narrow(live, reference) {
    if (live === undefined) return undefined;
    const kept = Object.entries(reference.tables).filter(([table, member]) =>
      isEqual(withoutIdentity(ownEntry(live.tables, table)), withoutIdentity(member)),
    );
    return { ...reference, tables: Object.fromEntries(kept) };
  },
  postpone(declared, live, later) {
    const isToCome = (table: string) =>
      ownEntry(live?.tables ?? {}, table) === undefined && publishes(later, declared.name, table);
    const tables = Object.entries(declared.tables).filter(([table]) => !isToCome(table));
    return { ...declared, tables: Object.fromEntries(tables) };
  },
};

/** A list may repeat a table. With columns and conditions, it would be ambiguous which of them apply. */
function repetitions(tables: readonly string[]): Problem[] {
  const repeated = new Set(tables.filter((table, index) => tables.indexOf(table) !== index));
  return [...repeated].map((table) => ({
    path: ["tables", table],
    message: `${table} is named twice, in two spellings; name it once`,
  }));
}

function publicationOf(row: PublicationRow): Publication {
  const members = row.tables.map(
    (table) => [formatQualified(table), normaliseMember({ ...table, replicaIdentity: readIdentity(table) })] as const,
  );
  return {
    name: row.name,
    owner: row.owner,
    tables: Object.fromEntries([...members].sort(([left], [right]) => (left < right ? -1 : 1))),
    publish: [...row.publish].sort(),
    viaPartitionRoot: row.viaPartitionRoot,
    ...(row.allTables ? { allTables: true as const } : {}),
    ...(row.schemas.length > 0 ? { schemas: [...row.schemas].sort() } : {}),
  };
}

function normaliseMember({
  columns,
  where,
  replicaIdentity,
}: {
  readonly columns?: readonly string[] | undefined;
  readonly where?: string | undefined;
  readonly replicaIdentity?: ReplicaIdentity | undefined;
}): Member {
  return {
    ...(columns === undefined ? {} : { columns: [...new Set(columns)].sort() }),
    ...(where === undefined ? {} : { where: where.trim() }),
    ...(replicaIdentity === undefined ? {} : { replicaIdentity }),
  };
}

function memberClause(table: string, { columns, where }: Member): string {
  const listed = columns === undefined ? "" : ` (${columns.map(quoteIdentifier).join(", ")})`;
  return `${quoteQualified(parseQualified(table))}${listed}${where === undefined ? "" : ` where (${where}\n)`}`;
}
