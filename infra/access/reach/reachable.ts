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
  /** Whether it has the grant option. */
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
  /** The roles whose rights it has without SET ROLE, through memberships and pg_database_owner. */
  readonly inherits: readonly string[];
}

export interface Membership {
  readonly role: string;
  /** Whether the member has the role's rights without SET ROLE. */
  readonly inherits: boolean;
  /** Whether the member may SET ROLE to it. */
  readonly sets: boolean;
  /** The role that granted the membership, and that alone may revoke it, since PostgreSQL 16. */
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
  /** Whether it belongs to an extension. */
  readonly isExtension: boolean;
  /** For an extension's relation: its initial privileges. */
  readonly initialPrivileges?: readonly Privilege[];
  /** Whether it has rewrite rules other than that of a view. */
  readonly hasRules: boolean;
  /** For a view: whether it is `security_invoker`. */
  readonly isInvoker: boolean;
  /** The commands that PostgreSQL lets through a view to its tables. */
  readonly writes: readonly ("insert" | "update" | "delete")[];
  /** The relations and columns that a view or rule reads and writes. */
  readonly reads: readonly (QualifiedName & { readonly columns: readonly string[] })[];
  /** For a sequence: the table whose column it belongs to. */
  readonly ownedBy: QualifiedName | undefined;
  /** The tables that it is a partition or child of. */
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
  /** The role whose future objects the entry covers. */
  readonly owner: string;
  /** Undefined: all schemas. */
  readonly schema: string | undefined;
  readonly objects: "tables" | "sequences" | "functions" | "types" | "schemas";
  readonly privileges: readonly Privilege[];
}

export interface ReachableBucket {
  readonly id: string;
  readonly public: boolean;
}

/** Everything that decides what a request to the database can reach, either live or as it will be. */
export interface Reachable {
  readonly roles: ReadonlyMap<string, RequestRole>;
  /** The schemas that the API serves. */
  readonly exposedSchemas: readonly string[];
  readonly schemas: ReadonlyMap<string, ReachableSchema>;
  /** The current database. Undefined: it was not read. */
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
