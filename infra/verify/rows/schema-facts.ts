import type { QualifiedName } from "../../sql/quote.ts";

/** What of a live schema decides which rows it takes. */
export interface SchemaFacts {
  readonly tables: readonly TableFacts[];
  /** By oid. */
  readonly types: ReadonlyMap<number, TypeFacts>;
}

export interface TableFacts extends QualifiedName {
  /** `r` table, `p` partitioned table, `f` foreign table. */
  readonly kind: "r" | "p" | "f";
  /** Whether the reader of these facts may insert into it, and update what it inserted. */
  readonly canInsert: boolean;
  /** Whether it belongs to an extension. */
  readonly isExtension: boolean;
  readonly columns: readonly ColumnFacts[];
  readonly checks: readonly CheckFacts[];
  /** Primary keys, unique constraints and unique indexes; the primary key first. */
  readonly keys: readonly KeyFacts[];
  readonly exclusions: readonly DefinitionFacts[];
  readonly foreignKeys: readonly ForeignKeyFacts[];
  /** Those for each row that is inserted. */
  readonly triggers: readonly DefinitionFacts[];
  /** The condition that a row of this partition meets. */
  readonly bound?: string;
  /** What it inherits from. */
  readonly parents: readonly QualifiedName[];
  /** Of a partitioned table: the conditions of the partitions that hold rows; none where one of them takes everything. */
  readonly partitions: readonly string[];
}

export interface ColumnFacts {
  readonly name: string;
  readonly type: number;
  /** As written in a cast: `character varying(20)`, `public.citext[]`. */
  readonly typeText: string;
  /** `varchar(n)`, `numeric(p,s)` and the like; -1: none. */
  readonly modifier: number;
  readonly notNull: boolean;
  readonly default?: string;
  /** `a` always, `d` by default. */
  readonly identity?: "a" | "d";
  readonly isGenerated: boolean;
}

export interface CheckFacts {
  readonly name: string;
  readonly expression: string;
}

export interface KeyFacts {
  readonly name: string;
  readonly isPrimary: boolean;
  readonly columns: readonly string[];
  /** Not every column is one: an expression is in it, or a condition. */
  readonly isPartial: boolean;
  readonly isDeferrable: boolean;
}

/** A constraint or trigger as PostgreSQL prints it. */
export interface DefinitionFacts {
  readonly name: string;
  readonly definition: string;
}

export interface ForeignKeyFacts {
  readonly name: string;
  readonly columns: readonly string[];
  readonly to: QualifiedName;
  readonly toColumns: readonly string[];
  readonly isDeferrable: boolean;
}

export interface TypeFacts {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** `b` base, `c` composite, `d` domain, `e` enum, `p` pseudo, `r` range, `m` multirange. */
  readonly kind: string;
  /** `A` array, `B` boolean, `N` numeric, `S` string and so on: `pg_type.typcategory`. */
  readonly category: string;
  /** Of an array: its elements' type. Of a range: its bounds'. Of a multirange: its range's. Of a domain: the type under it. */
  readonly of?: number;
  /** Of a domain: its modifier, whether it takes null, its default, and its checks. */
  readonly modifier: number;
  readonly notNull: boolean;
  readonly default?: string;
  readonly checks: readonly CheckFacts[];
  readonly labels: readonly string[];
  readonly fields: readonly ColumnFacts[];
}
