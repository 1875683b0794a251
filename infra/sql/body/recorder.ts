import type { Token } from "../tokens.ts";
import type { Body, Query, Statement } from "./body.ts";
import type { Span } from "./cursor.ts";
import type { Scope } from "./scope.ts";

/** Keeps what the reader of a body finds in it. */
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

  /** An expression or a query that the server can be asked about. */
  ask({ from, to }: Span, scope: Scope, form: Query["form"] = "expression"): void {
    if (to <= from) return;
    this.#queries.push({ from, to, form, scope });
    this.note({ from, to }, form, false);
  }

  /** A statement that is no question to the server. */
  note({ from, to }: Span, form: Query["form"], isDynamic: boolean): void {
    const place = this.#isHandling ? "handler" : this.#depth > 0 ? "nested" : "main";
    this.#statements.push({ from, to, form, isDynamic, place });
  }

  /** What is found meanwhile stands inside another statement. */
  nested(read: () => void): void {
    this.#depth++;
    read();
    this.#depth--;
  }

  /** What is found meanwhile handles errors of the block. */
  handling(read: () => void): void {
    const before = this.#isHandling;
    this.#isHandling ||= this.#depth === 0;
    read();
    this.#isHandling = before;
  }

  get queryCount(): number {
    return this.#queries.length;
  }

  /** Takes back the questions from the first one on, up to before the last: they may fail, as the block expects. */
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
