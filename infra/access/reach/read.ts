import { functionIdentity } from "../../catalog/functions.ts";
import { runQueries } from "../../catalog/read.ts";
import { keyed, withoutNulls } from "../../catalog/rows.ts";
import { readPolicy } from "../../catalog/tables.ts";
import type { Row, Session } from "../../database/database.ts";
import { formatQualified, type QualifiedName } from "../../sql/quote.ts";
import { readPrintedType } from "../../sql/signature.ts";
import {
  databaseQuery,
  defaultPrivilegesQuery,
  exposedQuery,
  functionsQuery,
  publicationsQuery,
  relationsQuery,
  rolesQuery,
  schemasQuery,
  storageQuery,
} from "./queries.ts";
import type {
  DefaultPrivilege,
  Privilege,
  Reachable,
  ReachableBucket,
  ReachableDatabase,
  ReachableFunction,
  ReachablePublication,
  ReachableSchema,
  Relation,
  RequestRole,
} from "./reachable.ts";

/** Reads what decides everybody's access in one round trip, and the buckets in another if the database has storage. */
export async function readReachable(session: Session): Promise<Reachable> {
  const [
    roles = [],
    exposed = [],
    schemas = [],
    relations = [],
    functions = [],
    publications = [],
    defaults = [],
    storage = [],
    databases = [],
  ] = await runQueries(session, [
    ...[rolesQuery, exposedQuery, schemasQuery, relationsQuery, functionsQuery, publicationsQuery],
    ...[defaultPrivilegesQuery, storageQuery, databaseQuery],
  ]);
  const [database] = databases as unknown as ReachableDatabase[];
  const [hasStorage] = storage as unknown as boolean[];
  return {
    roles: keyed(roles as unknown as RequestRole[], ({ name }) => name),
    exposedSchemas: readExposed(exposed as unknown as string[]),
    schemas: keyed(schemas as unknown as ReachableSchema[], ({ name }) => name),
    relations: keyed(relations.map(readRelation), formatQualified),
    functions: keyed(functions.map(readFunction), ({ signature }) => signature),
    publications: publications.map(readPublication),
    defaultPrivileges: defaults.map(withoutNulls<DefaultPrivilege>),
    ...(database === undefined ? {} : { database }),
    buckets: hasStorage ? await readBuckets(session) : undefined,
  };
}

async function readBuckets(session: Session): Promise<readonly ReachableBucket[]> {
  const [rows = []] = await session.run(
    "select id, coalesce(public, false) as public from storage.buckets order by id",
  );
  return rows as unknown as ReachableBucket[];
}

/** @see https://postgrest.org/en/stable/references/configuration.html#db-schemas */
function readExposed([setting]: readonly string[]): readonly string[] {
  return (setting ?? "public, graphql_public").split(",").map((name) => name.trim());
}

/** PostgreSQL's numbers of commands, as bits. */
const writes = [
  ["update", 2],
  ["insert", 3],
  ["delete", 4],
] as const;

function readRelation(row: Row): Relation {
  const updatable = Number(row.updatable);
  return {
    ...(row as unknown as Relation),
    initialPrivileges: (row.initialPrivileges ?? []) as unknown as readonly Privilege[],
    ownedBy: (row.ownedBy as QualifiedName | null) ?? undefined,
    privileges: (row.privileges as Row[]).map(withoutNulls<Privilege>),
    policies: (row.policies as Row[]).map(readPolicy),
    writes: writes.filter(([, bit]) => (updatable & (1 << bit)) !== 0).map(([command]) => command),
  };
}

function readFunction(row: Row): ReachableFunction {
  const argumentTypes = (row.argumentTypes as string[]).map(readPrintedType);
  const named = row as unknown as QualifiedName;
  return { ...(row as unknown as ReachableFunction), signature: functionIdentity({ ...named, argumentTypes }) };
}

function readPublication(row: Row): ReachablePublication {
  return {
    ...(row as unknown as ReachablePublication),
    tables: (row.tables as QualifiedName[]).map(formatQualified),
  };
}
