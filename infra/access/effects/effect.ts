import { parseQualified, type QualifiedName } from "../../sql/quote.ts";
import { splitSignature } from "../../sql/signature.ts";
import { isFunction, type NamedFunction } from "./statement-parts.ts";

/** What a policy is made, as far as a statement says so. */
export interface PolicyText {
  readonly command?: string;
  readonly as?: string;
  readonly roles?: readonly string[];
  readonly using?: unknown;
  readonly withCheck?: unknown;
}

/** The object that a statement is about. */
export type Target =
  | { readonly kind: "table"; readonly id: string }
  | { readonly kind: "tables in schema"; readonly id: string }
  | { readonly kind: "function"; readonly function: NamedFunction }
  | { readonly kind: "functions in schema"; readonly id: string }
  | { readonly kind: "schema" | "publication" | "sequence" | "sequences in schema"; readonly id: string }
  /** Undefined: in every schema. */
  | {
      readonly kind: "default privileges";
      readonly owner: string;
      readonly schema: string | undefined;
      readonly objects: "tables" | "sequences" | "functions" | "types" | "schemas";
    }
  /** Undefined: it may be any bucket, or is every one. */
  | { readonly kind: "bucket"; readonly id: string | undefined; readonly isEvery?: true }
  | { readonly kind: "role"; readonly id: string };

/** What one statement of a migration does to one object that a resource may declare. */
export type Effect = { readonly migration: string; readonly target: Target } & (
  | {
      readonly does: "grants" | "revokes";
      /** Undefined: all that there are. Each with its columns, undefined where it is for the whole object. */
      readonly privileges: readonly { readonly name: string; readonly columns?: readonly string[] }[] | undefined;
      readonly roles: readonly string[];
      readonly withGrantOption: boolean;
    }
  /** Undefined: all that there are. */
  | {
      readonly does: "grants by default" | "revokes by default";
      readonly privileges: readonly string[] | undefined;
      readonly roles: readonly string[];
    }
  /** A table, view or sequence. */
  | { readonly does: "creates"; readonly relation: CreatedRelation }
  | { readonly does: "removes" }
  | { readonly does: "inherits"; readonly from: QualifiedName }
  | { readonly does: "creates the rule"; readonly reads: readonly QualifiedName[] }
  | { readonly does: "creates the role" }
  | { readonly does: "moves"; readonly to: QualifiedName }
  | { readonly does: "sets the rights of the reader"; readonly isOn: boolean }
  | { readonly does: "creates the policy"; readonly policy: string; readonly text: PolicyText }
  | { readonly does: "alters the policy"; readonly policy: string; readonly text: PolicyText }
  | { readonly does: "drops the policy"; readonly policy: string }
  | { readonly does: "sets"; readonly flag: "rowSecurity" | "forceRowSecurity"; readonly value: boolean }
  | { readonly does: "gives to"; readonly owner: string }
  | { readonly does: "defines"; readonly definition: unknown }
  | { readonly does: "alters"; readonly actions: readonly unknown[] }
  | { readonly does: "drops" }
  /** The new name, of a schema or a role. */
  | { readonly does: "renames"; readonly to?: string; readonly toSchema?: string }
  | { readonly does: "publishes" | "publishes only"; readonly tables: readonly PublishedTable[] }
  /** Undefined: of every schema. */
  | { readonly does: "publishes all of"; readonly what: string; readonly schema?: string }
  | { readonly does: "stops publishing"; readonly tables: readonly string[] }
  | { readonly does: "changes settings"; readonly options: readonly unknown[]; readonly isNew: boolean }
  /** Of a role: what it owns, and what it may do. */
  | { readonly does: "drops what is of" }
  | { readonly does: "gives what is of"; readonly owner: string }
  | { readonly does: "sets the attribute"; readonly attribute: string; readonly isOn: boolean }
  | { readonly does: "adds the member" | "ends the membership of"; readonly member: string }
  /** Of a bucket: the values by column, undefined where only the server knows them. */
  | { readonly does: "makes" | "changes"; readonly values: ReadonlyMap<string, unknown> }
);

export interface CreatedRelation extends QualifiedName {
  /** As in pg_class: `r` table, `p` partitioned table, `v` view, `m` materialised view, `f` foreign table, `S` sequence. */
  readonly kind: "r" | "p" | "v" | "m" | "f" | "S";
  /** Empty where the statement does not list them. */
  readonly columns: readonly string[];
  /** What a view reads. */
  readonly reads: readonly QualifiedName[];
  /** Of a view: whether rows can be written through it, as far as its query tells. */
  readonly isUpdatable: boolean;
  /** Of a view: whether it reads with the rights of whoever reads it. */
  readonly isInvoker: boolean;
}

export interface PublishedTable {
  readonly table: string;
  readonly columns: readonly string[] | undefined;
  /** Its parse tree; undefined where there is none. */
  readonly condition: unknown;
}

/** What of an effect a declaration does not say, in words. */
export interface Contradiction {
  readonly migration: string;
  /** `grants select on public.tasks to anon` */
  readonly action: string;
  /** `does not declare`, after the resource's name. */
  readonly declared: string;
  /** `takes it back`, which is what the update does. */
  readonly remedy: string;
  /** Whether somebody could do more than is declared. */
  readonly opens: boolean;
}

/** What a migration does to several declared objects at once, in words that are the same for all of them. */
export interface CommonNotice {
  readonly severity: "info" | "warning";
  readonly message: string;
}

/** Of one function, and of all in its schema. */
export function effectsOnFunction(effects: readonly Effect[], signature: string): readonly Effect[] {
  const { schema } = splitSignature(signature);
  return effects.filter(
    ({ target }) =>
      (target.kind === "function" && isFunction(target.function, signature)) ||
      (target.kind === "functions in schema" && target.id === schema),
  );
}

export function effectsOnTable(effects: readonly Effect[], table: string): readonly Effect[] {
  return effects.filter(({ target }) => target.kind === "table" && target.id === table);
}

/** With those on all tables of its schema, among which GRANT counts views. */
export function effectsOnRelation(effects: readonly Effect[], id: string): readonly Effect[] {
  const { schema } = parseQualified(id);
  return effects.filter(
    ({ target }) =>
      (target.kind === "table" && target.id === id) || (target.kind === "tables in schema" && target.id === schema),
  );
}
