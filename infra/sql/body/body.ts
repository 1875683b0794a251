import type { Token } from "../tokens.ts";
import type { Span } from "./cursor.ts";
import type { Scope } from "./scope.ts";

/** A query or expression of a body, with the variables in scope. */
export interface Query extends Span {
  /** An expression is what can follow SELECT; a statement may have an INTO clause. */
  readonly form: "expression" | "query" | "statement";
  readonly scope: Scope;
}

export interface Statement extends Span {
  readonly form: Query["form"];
  /**
   * `main`: declared or run unconditionally by the outermost block; `nested`: inside another statement; `handler`: in
   * an exception handler.
   */
  readonly place: "main" | "nested" | "handler";
  /** Whether it is an expression whose value is run as SQL, instead of SQL itself. */
  readonly isDynamic: boolean;
}

/** The parts of a PL/pgSQL body that the server examines only when they run. */
export interface Body {
  readonly text: string;
  readonly tokens: readonly Token[];
  readonly queries: readonly Query[];
  /** The types of its variables, as written. */
  readonly types: readonly Span[];
  /** All statements and expressions that are SQL, including those that are not asked about because they may fail. */
  readonly statements: readonly Statement[];
  /** Names of blocks and loops, which can qualify a variable. */
  readonly labels: ReadonlySet<string>;
  /** Whether it changes the schema that its own queries see. */
  readonly changesSchema: boolean;
  /** Whether it runs something unknown that may leave temporary tables behind. */
  readonly runsUnknown: boolean;
  /** Whether a name that is both a column and a variable refers to the variable. */
  readonly prefersVariables: boolean;
}
