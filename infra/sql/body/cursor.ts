import { readTokens, type Token, UnreadableBody } from "../tokens.ts";

/** A range of a text's tokens; `to` is exclusive. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Scans a text token by token. A missing required token makes the text unreadable. */
export class Cursor {
  readonly tokens: readonly Token[];
  #at = 0;

  constructor(text: string) {
    this.tokens = readTokens(text);
  }

  get at(): number {
    return this.#at;
  }

  /** The next name, quoted or not. */
  name(): string {
    const token = this.tokens[this.#at++];
    if (token?.kind !== "word" && token?.kind !== "name") throw new UnreadableBody();
    return token.value;
  }

  next(): Token {
    const token = this.tokens[this.#at++];
    if (token === undefined) throw new UnreadableBody();
    return token;
  }

  /** Whether these keywords and symbols come next. */
  sees(...values: readonly string[]): boolean {
    return values.every((value, index) => is(this.tokens[this.#at + index], value));
  }

  take(...values: readonly string[]): boolean {
    if (!this.sees(...values)) return false;
    this.#at += values.length;
    return true;
  }

  expect(...values: readonly string[]): void {
    if (!this.take(...values)) throw new UnreadableBody();
  }

  isAtEnd(): boolean {
    return this.#at >= this.tokens.length;
  }

  /** The span up to the first of these keywords and symbols outside of parentheses, as in PL/pgSQL's own parser. */
  until(...stops: readonly string[]): Span {
    const from = this.#at;
    for (let depth = 0; ; this.#at++) {
      const token = this.tokens[this.#at];
      if (token === undefined) throw new UnreadableBody();
      if (depth === 0 && stops.some((stop) => is(token, stop))) return { from, to: this.#at };
      if (is(token, "(") || is(token, "[")) depth++;
      if (is(token, ")") || is(token, "]")) depth--;
      if (depth < 0) throw new UnreadableBody();
    }
  }

  /** The spans between commas, the last one up to one of the stops. */
  list(...stops: readonly string[]): Span[] {
    const spans = [this.until(",", ...stops)];
    while (this.take(",")) spans.push(this.until(",", ...stops));
    return spans;
  }

  /** Looks ahead and restores the position. */
  ahead<T>(look: () => T): T {
    const start = this.#at;
    try {
      return look();
    } finally {
      this.#at = start;
    }
  }
}

export function is(token: Token | undefined, value: string): boolean {
  return (token?.kind === "word" || token?.kind === "symbol") && token.value === value;
}
