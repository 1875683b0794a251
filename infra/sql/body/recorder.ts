import type { Token } from "../tokens.ts";
import type { Body, Query, Statement } from "./body.ts";
import type { Span } from "./cursor.ts";
import type { Scope } from "./scope.ts";

/** Collects what the parser finds in a body. */
export class BodyRecorder {
  readonly types: Span[] = [];
  readonly labels = new Set<string>();
  changesSchema = false;
  runsUnknown = false;
  prefersVariables = false;
  #queries: Query[] = [];
  readonly #statements: Statement[] = [];
  #depth = 0;
  #isHandling = false;

  /** Adds an expression or query that the server can be asked about. */
  ask({ from, to }: Span, scope: Scope, form: Query["form"] = "expression"): void {
    if (to <= from) return;
    this.#queries.push({ from, to, form, scope });
    this.note({ from, to }, form, false);
  }

  /** Adds a statement that the server is not asked about. */
  note({ from, to }: Span, form: Query["form"], isDynamic: boolean): void {
    const place = this.#isHandling ? "handler" : this.#depth > 0 ? "nested" : "main";
    this.#statements.push({ from, to, form, isDynamic, place });
  }

  /** Marks what is found during the call as nested in another statement. */
  nested(read: () => void): void {
    this.#depth++;
    read();
    this.#depth--;
  }

  /** Marks what is found during the call as part of an exception handler. */
  handling(read: () => void): void {
    const before = this.#isHandling;
    this.#isHandling ||= this.#depth === 0;
    read();
    this.#isHandling = before;
  }

  get queryCount(): number {
    return this.#queries.length;
  }

  /** Removes the questions from `first` up to `end`: the block expects that they may fail. */
  dropQueries(first: number, end: number): void {
    this.#queries.splice(first, end - first);
  }

  body(text: string, tokens: readonly Token[]): Body {
    const { types, labels, changesSchema, runsUnknown, prefersVariables } = this;
    return {
      ...{ text, tokens, types, labels, changesSchema, runsUnknown, prefersVariables },
      ...{ queries: this.#queries, statements: this.#statements },
    };
  }
}
