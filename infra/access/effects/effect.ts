import { parseQualified, type QualifiedName } from "../../sql/quote.ts";
import { splitSignature } from "../../sql/signature.ts";
import { isFunction, type NamedFunction } from "./statement-parts.ts";

/** The properties of a policy that a statement sets. */
export interface PolicyText {
  readonly command?: string;
  readonly as?: string;
  readonly roles?: readonly string[];
  readonly using?: unknown;
  readonly withCheck?: unknown;
}

/** The object that a statement affects. */
export type Target =
  | { readonly kind: "table"; readonly id: string }
  | { readonly kind: "tables in schema"; readonly id: string }
  | { readonly kind: "function"; readonly function: NamedFunction }
  | { readonly kind: "functions in schema"; readonly id: string }
  | { readonly kind: "schema" | "publication" | "sequence" | "sequences in schema"; readonly id: string }
  /** Undefined: all schemas. */
  | {
      readonly kind: "default privileges";
      readonly owner: string;
      readonly schema: string | undefined;
      readonly objects: "tables" | "sequences" | "functions" | "types" | "schemas";
    }
  /** Undefined: any bucket, or all of them. */
  | { readonly kind: "bucket"; readonly id: string | undefined; readonly isEvery?: true }
  | { readonly kind: "role"; readonly id: string };

/** The effect of one statement of a migration on one object that a resource may declare. */
export type Effect = { readonly migration: string; readonly target: Target } & (
  | {
      readonly does: "grants" | "revokes";
      /** Undefined: all privileges. A privilege without columns is on the whole object. */
      readonly privileges: readonly { readonly name: string; readonly columns?: readonly string[] }[] | undefined;
      readonly roles: readonly string[];
      readonly withGrantOption: boolean;
    }
  /** Undefined: all privileges. */
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
  /** Undefined: all schemas. */
  | { readonly does: "publishes all of"; readonly what: string; readonly schema?: string }
  | { readonly does: "stops publishing"; readonly tables: readonly string[] }
  | { readonly does: "changes settings"; readonly options: readonly unknown[]; readonly isNew: boolean }
  /** DROP OWNED: what a role owns, and its privileges. */
  | { readonly does: "drops what is of" }
  | { readonly does: "gives what is of"; readonly owner: string }
  | { readonly does: "sets the attribute"; readonly attribute: string; readonly isOn: boolean }
  | { readonly does: "adds the member" | "ends the membership of"; readonly member: string }
  /** For a bucket: the values by column; undefined if only the server knows them. */
  | { readonly does: "makes" | "changes"; readonly values: ReadonlyMap<string, unknown> }
);

export interface CreatedRelation extends QualifiedName {
  /** As in pg_class: `r` table, `p` partitioned table, `v` view, `m` materialised view, `f` foreign table, `S` sequence. */
  readonly kind: "r" | "p" | "v" | "m" | "f" | "S";
  /** Empty if the statement does not list them. */
  readonly columns: readonly string[];
  /** The relations that a view reads. */
  readonly reads: readonly QualifiedName[];
  /** For a view: whether it is updatable, judging by its query. */
  readonly isUpdatable: boolean;
  /** For a view: whether it is `security_invoker`. */
  readonly isInvoker: boolean;
}

export interface PublishedTable {
  readonly table: string;
  readonly columns: readonly string[] | undefined;
  /** Its parse tree. Undefined: no condition. */
  readonly condition: unknown;
}

/** How an effect contradicts a declaration, in words. */
export interface Contradiction {
  readonly migration: string;
  /** `grants select on public.tasks to anon` */
  readonly action: string;
  /** What follows the resource's name: `does not declare`. */
  readonly declared: string;
  /** What the update will do: `takes it back`. */
  readonly remedy: string;
  /** Whether it gives somebody more access than declared. */
  readonly opens: boolean;
  /** Whether it says the same in other words, as far as can be told without the database. A preview does not mention it. */
  readonly isReworded?: boolean;
}

/** A migration's effect on several declared objects at once, in words that are the same for all of them. */
export interface CommonNotice {
  readonly severity: "info" | "warning";
  readonly message: string;
}

/** The effects on one function, including those on all functions in its schema. */
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

/** The effects on one relation, including those on all tables of its schema, for which GRANT includes views. */
export function effectsOnRelation(effects: readonly Effect[], id: string): readonly Effect[] {
  const { schema } = parseQualified(id);
  return effects.filter(
    ({ target }) =>
      (target.kind === "table" && target.id === id) || (target.kind === "tables in schema" && target.id === schema),
  );
}
