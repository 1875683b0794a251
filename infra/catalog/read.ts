import type { Database, Row, Session } from "../database/database.ts";
import { formatQualified, type QualifiedName } from "../sql/quote.ts";
import { readPrintedType } from "../sql/signature.ts";
import {
  type BucketRow,
  type Catalog,
  type DatabaseFunctionRow,
  everything,
  type Grant,
  type MigrationRow,
  type PassedOnGrant,
  type PolicyRow,
  type PublicationRow,
  type SchemaRow,
  type Scope,
  type Server,
  type Table,
} from "./catalog.ts";
import {
  bucketsQuery,
  functionsQuery,
  migrationsQuery,
  publicationsQuery,
  schemasQuery,
  serverQuery,
  tablesQuery,
} from "./queries.ts";

/** Reads the whole catalog at one moment: four round trips, however many objects there are. */
export async function readSnapshot(database: Database): Promise<Catalog> {
  return await database.look(
    (session) => readCatalog(session, everything),
    "begin isolation level repeatable read read only",
  );
}

/**
 * Reads part of the catalog inside a transaction of the caller's.
 * @param before what is run before it, in the same round trip
 */
export async function readCatalog(session: Session, scope: Scope, before = ""): Promise<Catalog> {
  const first = parts({
    server: serverQuery,
    schemas: scope.schemas && schemasQuery(scope.schemas),
    tables: scope.tables && tablesQuery(scope.tables),
    functions: scope.functions && functionsQuery(scope.functions),
    publications: scope.publications && publicationsQuery(scope.publications),
  });
  // pg_get_expr qualifies names by the reader's search_path; an empty one makes the text independent of who reads.
  const found = await runParts(session, first, before);
  const [server] = found.get("server") as unknown as (Server & { hasBuckets: boolean; hasMigrations: boolean })[];
  if (!server) throw new Error("the server query returned no row");
  const second = parts({
    buckets: scope.buckets && server.hasBuckets ? bucketsQuery(scope.buckets) : undefined,
    migrations: scope.migrations && server.hasMigrations ? migrationsQuery : undefined,
  });
  const later = second.size > 0 ? await runParts(session, second) : new Map<string, Row[]>();
  return {
    server: { version: server.version, user: server.user, isSuperuser: server.isSuperuser, actsAs: server.actsAs },
    schemas: keyed((found.get("schemas") ?? []) as unknown as SchemaRow[], (schema) => schema.name),
    tables: keyed((found.get("tables") ?? []).map(readTable), formatQualified),
    functions: keyed((found.get("functions") ?? []).map(readFunction), functionIdentity),
    publications: keyed((found.get("publications") ?? []).map(readPublication), (publication) => publication.name),
    buckets: keyed(
      (later.get("buckets") ?? []).map((row) => present(row) as unknown as BucketRow),
      (bucket) => bucket.id,
    ),
    migrations: server.hasMigrations ? (later.get("migrations") ?? []).map(readMigration) : undefined,
  };
}

/** `private.is_member(text)`: what tells one function from its overloads. */
export function functionIdentity(row: QualifiedName & { readonly argumentTypes: readonly string[] }): string {
  return `${formatQualified(row)}(${row.argumentTypes.join(", ")})`;
}

const commands: Readonly<Record<string, PolicyRow["command"]>> = {
  "*": "all",
  r: "select",
  a: "insert",
  w: "update",
  d: "delete",
};

function readTable(row: Row): Table {
  const policies = (row.policies ?? []) as Row[];
  const grants = (row.grants ?? []) as Row[];
  return {
    ...(row as unknown as Table),
    grants: grants.map((grant) => present(grant) as unknown as Grant),
    passedOn: ((row.passedOn ?? []) as Row[]).map((grant) => present(grant) as unknown as PassedOnGrant),
    policies: policies.map((policy) => ({
      ...(present(policy) as unknown as PolicyRow),
      command: commands[String(policy.command)] ?? "all",
    })),
  };
}

function readFunction(row: Row): DatabaseFunctionRow {
  const found = row as unknown as DatabaseFunctionRow;
  // One role's right may come from several; and the server's order depends on its collation.
  const inOurOrder = (roles: readonly string[]) => [...new Set(roles)].sort();
  return {
    ...found,
    argumentTypes: found.argumentTypes.map(readPrintedType),
    execute: inOurOrder(found.execute),
    executeWithGrantOption: inOurOrder(found.executeWithGrantOption),
  };
}

function readPublication(row: Row): PublicationRow {
  const { insert, update, delete: deletes, truncate, ...rest } = row;
  const publish = Object.entries({ insert, update, delete: deletes, truncate }).flatMap(([name, on]) =>
    on ? [name] : [],
  );
  return {
    ...(rest as unknown as PublicationRow),
    publish,
    tables: ((row.tables ?? []) as Row[]).map((table) => present(table) as unknown as PublicationRow["tables"][number]),
  };
}

function readMigration(row: Row): MigrationRow {
  const date = (value: unknown) => (value === null ? null : new Date(String(value)));
  return {
    ...(row as unknown as MigrationRow),
    started_at: new Date(String(row.started_at)),
    finished_at: date(row.finished_at),
    rolled_back_at: date(row.rolled_back_at),
  };
}

function parts(queries: Readonly<Record<string, string | undefined>>): Map<string, string> {
  return new Map(Object.entries(queries).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

async function runParts(
  session: Session,
  queries: ReadonlyMap<string, string>,
  before = "",
): Promise<Map<string, Row[]>> {
  const results = await session.run(
    [
      ...(before === "" ? [] : [before]),
      "select pg_catalog.set_config('palisade.search_path', pg_catalog.current_setting('search_path'), true), pg_catalog.set_config('search_path', '', true)",
      ...queries.values(),
      "select pg_catalog.set_config('search_path', pg_catalog.current_setting('palisade.search_path'), true)",
    ].join(";\n"),
  );
  const own = results.slice(-queries.size - 1);
  return new Map([...queries.keys()].map((key, index) => [key, (own[index]?.[0]?.rows ?? []) as Row[]]));
}

function keyed<T>(rows: readonly T[], key: (row: T) => string): Map<string, T> {
  return new Map(rows.map((row) => [key(row), row]));
}

/** JSON says null where our types say absent. */
function present(row: Row): Row {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));
}
