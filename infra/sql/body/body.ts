import type { Token } from "../tokens.ts";
import type { Span } from "./cursor.ts";
import type { Scope } from "./scope.ts";

/** A query or an expression of a body, with what it sees. */
export interface Query extends Span {
  /** An expression is what can follow SELECT; a statement may say where its result goes. */
  readonly form: "expression" | "query" | "statement";
  readonly scope: Scope;
}

export interface Statement extends Span {
  readonly form: Query["form"];
  /** Of the outermost block what it declares and runs in any case, what is inside another statement, or what handles its errors. */
  readonly place: "main" | "nested" | "handler";
  /** Whether it is not SQL itself but an expression whose value is run as SQL. */
  readonly isDynamic: boolean;
}

/** What of a PL/pgSQL function's body the server would look at only when it runs. */
export interface Body {
  readonly text: string;
  readonly tokens: readonly Token[];
  readonly queries: readonly Query[];
  /** The types of its variables, as they are written. */
  readonly types: readonly Span[];
  /** Every statement and expression that is SQL, those too that are no question because they may fail. */
  readonly statements: readonly Statement[];
  /** Names of blocks and loops, which a variable may be qualified with. */
  readonly labels: ReadonlySet<string>;
  /** Whether it changes the schema that its own queries see. */
  readonly changesSchema: boolean;
  /** Whether it runs something that can't be looked into and may leave temporary tables behind. */
  readonly runsUnknown: boolean;
  /** Whether names that are columns and variables mean the variable. */
  readonly prefersVariables: boolean;
}
