import type { QualifiedName } from "../sql/quote.ts";

/**
 * The live database as values, read at one moment; every expression was printed under an empty search_path, so names are qualified.
 * Maps are keyed by the identity the resource kinds use: `public.tasks`, `private.is_member(text)`, `avatars`.
 */
export interface Catalog {
  readonly server: Server;
  readonly schemas: ReadonlyMap<string, SchemaRow>;
  readonly tables: ReadonlyMap<string, Table>;
  readonly functions: ReadonlyMap<string, DatabaseFunctionRow>;
  readonly publications: ReadonlyMap<string, PublicationRow>;
  readonly buckets: ReadonlyMap<string, BucketRow>;
  /** Undefined when Prisma never migrated this database. */
  readonly migrations: readonly MigrationRow[] | undefined;
}

export interface Server {
  /** `server_version_num`: 170010 is 17.10. */
  readonly version: number;
  readonly user: string;
  readonly isSuperuser: boolean;
  /** The roles whose rights the user has: itself, and those it is a member of; for a superuser every role. */
  readonly actsAs: readonly string[];
}

export interface SchemaRow {
  readonly name: string;
  readonly owner: string;
  /** Privileges by role, the owner's left out; one that may be handed on ends in ` with grant option`. */
  readonly grants: Readonly<Record<string, readonly string[]>>;
  readonly passedOn: readonly PassedOnGrant[];
}

/** A privilege as `aclexplode` lists it; `public` stands for everybody. */
export interface Grant {
  readonly role: string;
  readonly privilege: string;
  readonly grantable: boolean;
  /** Only where the grant is on one column. */
  readonly column?: string;
}

/** A grant that a role made which is not the owner, by its own grant option. */
export interface PassedOnGrant extends Grant {
  readonly grantor: string;
}

export interface Table extends QualifiedName {
  /** `r` table, `p` partitioned table, `v` view, `m` materialised view, `f` foreign table. */
  readonly kind: string;
  readonly owner: string;
  readonly rowSecurity: boolean;
  readonly forceRowSecurity: boolean;
  readonly grants: readonly Grant[];
  /** Those of the grants. */
  readonly passedOn: readonly PassedOnGrant[];
  readonly policies: readonly PolicyRow[];
}

export interface PolicyRow {
  readonly name: string;
  readonly command: "all" | "select" | "insert" | "update" | "delete";
  readonly permissive: boolean;
  readonly roles: readonly string[];
  readonly using?: string;
  readonly withCheck?: string;
}

export interface DatabaseFunctionRow extends QualifiedName {
  readonly argumentTypes: readonly string[];
  readonly owner: string;
  /** `pg_get_functiondef`. */
  readonly definition: string;
  readonly body: string;
  readonly execute: readonly string[];
  /** Those of them that may hand it on. */
  readonly executeWithGrantOption: readonly string[];
}

export interface PublicationRow {
  readonly name: string;
  readonly owner: string;
  readonly allTables: boolean;
  readonly publish: readonly string[];
  readonly viaPartitionRoot: boolean;
  readonly schemas: readonly string[];
  readonly tables: readonly (QualifiedName & { readonly columns?: readonly string[]; readonly where?: string })[];
}

export interface BucketRow {
  readonly id: string;
  /** The name that the storage server shows; its own API keeps it equal to the id. */
  readonly name: string;
  readonly public: boolean;
  readonly avifAutodetection: boolean;
  /** `STANDARD`, `ANALYTICS` or `VECTOR`; absent on older platforms. */
  readonly type?: string;
  /** Bytes. */
  readonly fileSizeLimit?: number;
  readonly allowedMimeTypes?: readonly string[];
}

/** Which part of the catalog to read; a kind that is absent is not read, `"all"` reads every object of it. */
export interface Scope {
  readonly schemas?: "all" | readonly string[];
  readonly tables?: "all" | readonly QualifiedName[];
  readonly functions?: "all" | readonly QualifiedName[];
  readonly publications?: "all" | readonly string[];
  readonly buckets?: "all" | readonly string[];
  readonly migrations?: "all";
}

export const everything: Scope = {
  schemas: "all",
  tables: "all",
  functions: "all",
  publications: "all",
  buckets: "all",
  migrations: "all",
};

/** The columns of a row of `_prisma_migrations` on which the comparison rests. */
export interface MigrationRow {
  readonly migration_name: string;
  readonly checksum: string;
  readonly started_at: Date;
  readonly finished_at: Date | null;
  readonly rolled_back_at: Date | null;
  readonly logs: string | null;
}
