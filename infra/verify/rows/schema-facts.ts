import type { QualifiedName } from "../../sql/quote.ts";

/** Everything in a live schema that decides which rows it accepts. */
export interface SchemaFacts {
  readonly tables: readonly TableFacts[];
  /** By oid. */
  readonly types: ReadonlyMap<number, TypeFacts>;
}

export interface TableFacts extends QualifiedName {
  /** `r` table, `p` partitioned table, `f` foreign table. */
  readonly kind: "r" | "p" | "f";
  /** Whether the current role may insert into it, and update what it inserted. */
  readonly canInsert: boolean;
  /** Whether it belongs to an extension. */
  readonly isExtension: boolean;
  readonly columns: readonly ColumnFacts[];
  readonly checks: readonly CheckFacts[];
  /** Primary keys, unique constraints and unique indexes; the primary key first. */
  readonly keys: readonly KeyFacts[];
  readonly exclusions: readonly DefinitionFacts[];
  readonly foreignKeys: readonly ForeignKeyFacts[];
  /** Triggers that fire FOR EACH ROW on insert. */
  readonly triggers: readonly DefinitionFacts[];
  /** For a partition: its bound as a condition. */
  readonly bound?: string;
  /** The tables that it inherits from. */
  readonly parents: readonly QualifiedName[];
  /** For a partitioned table: the bounds of the leaf partitions; empty if one of them accepts every row. */
  readonly partitions: readonly string[];
}

export interface ColumnFacts {
  readonly name: string;
  readonly type: number;
  /** As in a cast: `character varying(20)`, `public.citext[]`. */
  readonly typeText: string;
  /** The type modifier of `varchar(n)`, `numeric(p,s)` and the like; -1: none. */
  readonly modifier: number;
  readonly notNull: boolean;
  readonly default?: string;
  /** `a` always, `d` by default. */
  readonly identity?: "a" | "d";
  readonly isGenerated: boolean;
}

interface CheckFacts {
  readonly name: string;
  readonly expression: string;
}

interface KeyFacts {
  readonly name: string;
  readonly isPrimary: boolean;
  readonly columns: readonly string[];
  /** Whether it covers more or less than its columns: an index with an expression or a WHERE condition. */
  readonly isPartial: boolean;
  readonly isDeferrable: boolean;
}

/** A constraint or trigger as PostgreSQL prints it. */
interface DefinitionFacts {
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
  /**
   * For an array: the element type. For a range: its subtype. For a multirange: its range type. For a domain: its base
   * type.
   */
  readonly of?: number;
  /** For a domain: its modifier, whether it accepts null, its default, and its checks. */
  readonly modifier: number;
  readonly notNull: boolean;
  readonly default?: string;
  readonly checks: readonly CheckFacts[];
  readonly labels: readonly string[];
  readonly fields: readonly ColumnFacts[];
}
