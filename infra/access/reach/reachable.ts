import type { PolicyRow } from "../../catalog/tables.ts";
import type { QualifiedName } from "../../sql/quote.ts";

/** One entry of an access control list. */
export interface Privilege {
  /** `public` is everybody. */
  readonly role: string;
  /** In lower case: `select`, `execute`. */
  readonly privilege: string;
  /** Undefined: the whole object. */
  readonly column?: string;
  /** Whether it may be handed on to others. */
  readonly isGrantable?: true;
}

export interface RequestRole {
  readonly name: string;
  readonly isSuperuser: boolean;
  readonly bypassesRowSecurity: boolean;
  readonly createsRoles: boolean;
  readonly createsDatabases: boolean;
  readonly replicates: boolean;
  readonly logsIn: boolean;
  readonly memberships: readonly Membership[];
  /** The roles whose rights it has without SET ROLE, those of its memberships and pg_database_owner. */
  readonly inherits: readonly string[];
}

export interface Membership {
  readonly role: string;
  /** Whether its rights count without SET ROLE. */
  readonly inherits: boolean;
  /** Whether SET ROLE to it is allowed. */
  readonly sets: boolean;
  /** Who may end it, where not every role that creates roles may: since PostgreSQL 16. */
  readonly grantor?: string | null;
}

export interface ReachableSchema {
  readonly name: string;
  readonly owner: string;
  readonly privileges: readonly Privilege[];
}

export interface ReachableDatabase {
  readonly name: string;
  readonly owner: string;
  readonly privileges: readonly Privilege[];
}

/** `r` table, `p` partitioned table, `v` view, `m` materialised view, `f` foreign table, `S` sequence. */
export type RelationKind = "r" | "p" | "v" | "m" | "f" | "S";

const kindsOfRelations = {
  r: "table",
  p: "table",
  v: "view",
  m: "materialised view",
  f: "foreign table",
  S: "sequence",
} as const;

export function kindOf({ kind }: { readonly kind: RelationKind }): (typeof kindsOfRelations)[RelationKind] {
  return kindsOfRelations[kind];
}

export interface Relation extends QualifiedName {
  readonly kind: RelationKind;
  readonly owner: string;
  readonly privileges: readonly Privilege[];
  readonly columns: readonly string[];
  readonly rowSecurity: boolean;
  readonly forceRowSecurity: boolean;
  readonly policies: readonly PolicyRow[];
  /** Whether an extension made it. */
  readonly isExtension: boolean;
  /** Of what an extension made: the privileges that it has had from the beginning. */
  readonly initialPrivileges?: readonly Privilege[];
  /** Whether it has rewrite rules, beside that which makes a view. */
  readonly hasRules: boolean;
  /** Of a view: whether it reads with the rights of whoever reads it. */
  readonly isInvoker: boolean;
  /** What a view lets through to what it reads, by PostgreSQL's own judgement. */
  readonly writes: readonly ("insert" | "update" | "delete")[];
  /** What a view, or a rule, reads and writes, with the columns that it names. */
  readonly reads: readonly (QualifiedName & { readonly columns: readonly string[] })[];
  /** Of a sequence: the table whose column it counts. */
  readonly ownedBy: QualifiedName | undefined;
  /** What it is a partition or a child of. */
  readonly parents: readonly QualifiedName[];
}

export interface ReachableFunction extends QualifiedName {
  /** `private.is_member(text)` */
  readonly signature: string;
  readonly owner: string;
  readonly privileges: readonly Privilege[];
  readonly isSecurityDefiner: boolean;
  readonly isExtension: boolean;
  /** Its result type. Functions that return `trigger` or `event_trigger` can't be called. */
  readonly returns: string;
  readonly source: string;
}

export interface ReachablePublication {
  readonly name: string;
  readonly allTables: boolean;
  readonly schemas: readonly string[];
  readonly tables: readonly string[];
}

export interface DefaultPrivilege {
  /** Whose future objects. */
  readonly owner: string;
  /** Undefined: every schema. */
  readonly schema: string | undefined;
  readonly objects: "tables" | "sequences" | "functions" | "types" | "schemas";
  readonly privileges: readonly Privilege[];
}

export interface ReachableBucket {
  readonly id: string;
  readonly public: boolean;
}

/** All that decides what a request to the database can reach, live or as it will be. */
export interface Reachable {
  readonly roles: ReadonlyMap<string, RequestRole>;
  /** The schemas that the API serves. */
  readonly exposedSchemas: readonly string[];
  readonly schemas: ReadonlyMap<string, ReachableSchema>;
  /** That which the request is in. Undefined: not looked at. */
  readonly database?: ReachableDatabase;
  /** By qualified name. */
  readonly relations: ReadonlyMap<string, Relation>;
  /** By signature. */
  readonly functions: ReadonlyMap<string, ReachableFunction>;
  readonly publications: readonly ReachablePublication[];
  readonly defaultPrivileges: readonly DefaultPrivilege[];
  /** Undefined: the database has no storage. */
  readonly buckets: readonly ReachableBucket[] | undefined;
}
