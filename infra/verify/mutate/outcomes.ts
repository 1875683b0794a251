import type { Attempt, Outcome } from "../attempt.ts";

/** The outcomes of statements. Several attempts may share a statement. */
export class Outcomes {
  readonly #byStatement = new Map<string, Outcome[]>();
  readonly #others: Outcomes | undefined;

  /** @param others supplies outcomes for statements that are not among these */
  constructor(outcomes: readonly Outcome[], others?: Outcomes) {
    this.#others = others;
    this.add(outcomes);
  }

  add(outcomes: readonly Outcome[]): void {
    for (const outcome of outcomes) {
      const key = keyOf(outcome.attempt);
      const known = this.#byStatement.get(key);
      if (known === undefined) this.#byStatement.set(key, [outcome]);
      else known.push(outcome);
    }
  }

  /** The outcomes of these attempts. */
  of(attempts: readonly Attempt[]): readonly Outcome[] {
    const keys = new Set(attempts.map(keyOf));
    return [...keys].flatMap((key) => this.#ofStatement(key));
  }

  /** The attempts whose outcome differs from that in `others`. */
  differingIn(attempts: readonly Attempt[]): readonly Attempt[] {
    return attempts.filter((attempt) => {
      const key = keyOf(attempt);
      return (
        wordsOf(this.#ofStatement(key)) !== wordsOf(this.#others === undefined ? [] : this.#others.#ofStatement(key))
      );
    });
  }

  #ofStatement(key: string): readonly Outcome[] {
    return this.#byStatement.get(key) ?? (this.#others === undefined ? [] : this.#others.#ofStatement(key));
  }
}

function wordsOf(outcomes: readonly Outcome[]): string {
  return outcomes
    .map(({ isReached, notTried, attempt: { what = "" } }) => `${isReached} ${notTried} ${what}`)
    .join("\n");
}

const keys = new WeakMap<Attempt["statement"], string>();

function keyOf({ statement }: Attempt): string {
  const known = keys.get(statement);
  if (known !== undefined) return known;
  const { settings, role, before, sql } = statement;
  const key = JSON.stringify([role, settings, before, sql]);
  keys.set(statement, key);
  return key;
}
