/** One thing to copy: an object, or what is said of one (its privileges, its settings). */
export interface Item {
  /** Names it within one database: `1259/16384`, catalog and number, for what others can depend on. */
  readonly key: string;
  readonly kind: Kind;
  /** Names it in any database. */
  readonly name: string;
  /** Statements that make it. */
  readonly create: string | null;
  /** Statements that also hold for one that is there already. */
  readonly settle: string | null;
  /** Privileges: who has some (before these are given, all are taken away from them), by which statement, and those that give them. */
  readonly grantees: readonly string[] | null;
  readonly revoke: string | null;
  readonly grants: readonly string[] | null;
  /** Who made it, where the platform may have. */
  readonly schema: string | null;
  readonly owner: string | null;
  /** Keys of what must be there first, beside what the server itself says. */
  readonly needs: readonly string[] | null;
}

/** In the order in which they are made, as far as nothing depends on a later one. Rows are inserted before there are rules and triggers that would run for them. */
export const kinds = [
  ...["role", "membership", "schema", "extension", "collation", "type", "function", "cast", "table", "sequence"],
  ...["domain constraint", "default", "check", "partition", "view", "key", "index", "index partition", "foreign key"],
  ...["statistics", "replica identity", "bucket", "records", "rule", "trigger", "policy", "publication", "published"],
  ...["settings", "privileges", "column privileges", "default privileges", "rows of a view", "event trigger", "other"],
] as const;

export type Kind = (typeof kinds)[number];

/** What a fresh project has as well, and what of it is the project's to change. */
export const settled: ReadonlySet<Kind> = new Set([
  ...(["role", "membership", "schema", "publication", "settings", "privileges", "column privileges"] as const),
]);

export function identityOf({ kind, name }: Item): string {
  return `${kind} ${name}`;
}

/** `keyOf("pg_class", "c.oid")`: a key as SQL. */
export function keyOf(catalog: string, oid: string): string {
  return `'${catalog}'::regclass::oid || '/' || ${oid}`;
}

/** As SQL: whether an object was made by somebody, and not by an extension. Those that initdb makes have lower numbers. */
export function isOwn(catalog: string, oid: string): string {
  return `${oid} >= 16384 and not exists (select from pg_depend e where e.classid = '${catalog}'::regclass and e.objid = ${oid} and e.deptype = 'e')`;
}

/** As SQL: whether a schema is none of PostgreSQL's. */
export const isUsers = "n.nspname !~ '^pg_' and n.nspname <> 'information_schema'";
