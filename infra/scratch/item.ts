/** Something to copy: an object, or a property of one (its privileges, its settings). */
export interface Item {
  /** Identifies it within one database: `1259/16384`, catalog and oid. For objects that others can depend on. */
  readonly key: string;
  readonly kind: Kind;
  /** Identifies it in any database. */
  readonly name: string;
  /** Statements that create it. */
  readonly create: string | null;
  /** Statements that can also be run if it exists already. */
  readonly settle: string | null;
  /** For privileges: the roles that have some (theirs are revoked before they are granted again). */
  readonly grantees: readonly string[] | null;
  readonly revoke: string | null;
  readonly grants: readonly string[] | null;
  /** Its owner, for objects that the platform may have created. */
  readonly schema: string | null;
  readonly owner: string | null;
  /** Keys of what has to exist first, in addition to the dependencies that the server records. */
  readonly needs: readonly string[] | null;
}

/**
 * In the order of creation, unless an item depends on a later one. Rows are inserted before the rules and triggers that
 * would run for them are created.
 */
export const kinds = [
  ...["role", "membership", "schema", "extension", "collation", "type", "function", "cast", "table", "sequence"],
  ...["domain constraint", "default", "check", "partition", "view", "key", "index", "index partition", "foreign key"],
  ...["statistics", "replica identity", "bucket", "records", "rule", "trigger", "policy", "publication", "published"],
  ...["settings", "privileges", "column privileges", "default privileges", "rows of a view", "event trigger", "other"],
] as const;

export type Kind = (typeof kinds)[number];

/** The kinds of items that a new project has as well, and that the project may change. */
export const settled: ReadonlySet<Kind> = new Set([
  ...(["role", "membership", "schema", "publication", "settings", "privileges", "column privileges"] as const),
]);

export function identityOf({ kind, name }: Item): string {
  return `${kind} ${name}`;
}

/** `keyOf("pg_class", "c.oid")`: a SQL expression for a key. */
export function keyOf(catalog: string, oid: string): string {
  return `'${catalog}'::regclass::oid || '/' || ${oid}`;
}

/** A SQL condition: a user created the object, rather than an extension. Those that initdb creates have lower oids. */
export function isOwn(catalog: string, oid: string): string {
  return `${oid} >= 16384 and not exists (select from pg_depend e where e.classid = '${catalog}'::regclass and e.objid = ${oid} and e.deptype = 'e')`;
}

/** A SQL condition: the schema is not PostgreSQL's own. */
export const isUsers = "n.nspname !~ '^pg_' and n.nspname <> 'information_schema'";
