import type { Attempt, Outcome } from "../attempt.ts";

/** The outcomes of statements. Several attempts may share a statement. */
export class Outcomes {
  readonly #byStatement = new Map<string, Outcome[]>();
  readonly #others: Outcomes | undefined;
  /** Shared with `others`: writing a key takes time, and each mutation asks for those of the same attempts. */
  readonly #keys: WeakMap<Attempt["statement"], string>;

  /** @param others supplies outcomes for statements that are not among these */
  constructor(outcomes: readonly Outcome[], others?: Outcomes) {
    this.#others = others;
    this.#keys = others === undefined ? new WeakMap() : others.#keys;
    this.add(outcomes);
  }

  add(outcomes: readonly Outcome[]): void {
    for (const outcome of outcomes) {
      const key = this.#keyOf(outcome.attempt);
      const known = this.#byStatement.get(key);
      if (known === undefined) this.#byStatement.set(key, [outcome]);
      else known.push(outcome);
    }
  }

  /** The outcomes of these attempts. */
  of(attempts: readonly Attempt[]): readonly Outcome[] {
    const keys = new Set(attempts.map((attempt) => this.#keyOf(attempt)));
    return [...keys].flatMap((key) => this.#ofStatement(key));
  }

  /** The attempts whose outcome differs from that in `others`. */
  differingIn(attempts: readonly Attempt[]): readonly Attempt[] {
    return attempts.filter((attempt) => {
      const key = this.#keyOf(attempt);
      return (
        wordsOf(this.#ofStatement(key)) !== wordsOf(this.#others === undefined ? [] : this.#others.#ofStatement(key))
      );
    });
  }

  #keyOf({ statement }: Attempt): string {
    const known = this.#keys.get(statement);
    if (known !== undefined) return known;
    const { settings, role, before, sql } = statement;
    const key = JSON.stringify([role, settings, before, sql]);
    this.#keys.set(statement, key);
    return key;
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
