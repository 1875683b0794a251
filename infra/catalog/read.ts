import type { Database, Row, Session } from "../database/database.ts";
import { InputError } from "../errors/errors.ts";
import { formatQualified, quoteLiteral } from "../sql/quote.ts";
import type { Catalog, Server } from "./catalog.ts";
import { functions } from "./functions.ts";
import { type CatalogPart, type Scope, selectAll } from "./part.ts";
import { schemas } from "./schemas.ts";
import { tables } from "./tables.ts";

/** Reads all parts at the same moment, in four round trips for any number of parts and objects. */
export async function readSnapshot(database: Database, parts: readonly CatalogPart[]): Promise<Catalog> {
  return await database.look(
    (session) => readCatalog(session, selectAll(parts)),
    "begin isolation level repeatable read read only",
  );
}

/**
 * Reads a part of the catalog inside the caller's transaction.
 * @param before statements to run first, in the same round trip
 */
export async function readCatalog(session: Session, scope: Scope, before = ""): Promise<Catalog> {
  const optional = scope.filter(({ part }) => part.relation !== undefined);
  const certain = scope.filter(({ part }) => part.relation === undefined);
  // pg_get_expr qualifies names depending on the reader's search_path. With an empty one, the text does not depend on
  // who reads it.
  const [[found] = [], ...first] = await runQueries(session, [serverQuery(optional), ...certain.map(queryOf)], before);
  if (found === undefined) throw new Error("the server query returned no row");
  const { relations, ...server } = found as unknown as Server & {
    /** Whether it may be read; null if it does not exist. */
    readonly relations: Record<string, boolean | null>;
  };
  const there = optional.filter(({ part }) => relations[part.name] === true);
  const second = there.length === 0 ? [] : await runQueries(session, there.map(queryOf));
  const rows = new Map([...certain, ...there].map(({ part }, index) => [part.name, [...first, ...second][index]]));
  const values = new Map(scope.map(({ part }) => [part.name, part.read(rows.get(part.name))]));
  const partOf = <Value>(part: CatalogPart<Value>): Value => {
    if (relations[part.name] === false) throw unreadable(part, server);
    if (!values.has(part.name)) throw new Error(`the catalog was read without its ${part.name}`);
    return values.get(part.name) as Value;
  };
  return {
    server,
    get schemas() {
      return partOf(schemas);
    },
    get tables() {
      return partOf(tables);
    },
    get functions() {
      return partOf(functions);
    },
    of: partOf,
  };
}

/** Thrown only to those who need the part. */
function unreadable({ relation }: CatalogPart, { user }: Server): InputError {
  const named = relation === undefined ? "a relation" : formatQualified(relation);
  return new InputError(
    `the role ${user} may not read ${named}. Grant it SELECT there, and USAGE on the schema, or connect as the owner`,
  );
}

function queryOf({ part, wanted }: Scope[number]): string {
  return part.query(wanted);
}

/** Includes which of the optional relations exist. */
function serverQuery(optional: Scope): string {
  const present = optional.flatMap(({ part: { name, relation } }) =>
    relation === undefined
      ? []
      : [
          `${quoteLiteral(name)}, (select has_schema_privilege(n.oid, 'USAGE') and has_table_privilege(c.oid, 'SELECT')
            from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
            where n.nspname = ${quoteLiteral(relation.schema)} and c.relname = ${quoteLiteral(relation.name)})`,
        ],
  );
  return `
  select json_build_array(json_build_object(
    'version', current_setting('server_version_num')::int,
    'user', current_user,
    'isSuperuser', current_setting('is_superuser') = 'on',
    'actsAs', array(select rolname from pg_catalog.pg_roles where pg_catalog.pg_has_role(oid, 'USAGE')),
    'relations', json_build_object(${present.join(", ")}))) as rows`;
}

/**
 * The rows of queries that each return one row with one column `rows`. Runs them in one round trip and with an empty
 * search_path.
 */
export async function runQueries(session: Session, queries: readonly string[], before = ""): Promise<Row[][]> {
  const results = await session.run(
    [
      ...(before === "" ? [] : [before]),
      "select pg_catalog.set_config('palisade.search_path', pg_catalog.current_setting('search_path'), true), pg_catalog.set_config('search_path', '', true)",
      ...queries,
      "select pg_catalog.set_config('search_path', pg_catalog.current_setting('palisade.search_path'), true)",
    ].join(";\n"),
  );
  return results.slice(-queries.length - 1, -1).map(([row]) => (row?.rows ?? []) as Row[]);
}
