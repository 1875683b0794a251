import type { TextProbe } from "../catalog/probe.ts";
import { type Answer, askServer, type Question } from "../catalog/question.ts";
import type { Database } from "../database/database.ts";
import { withoutLeakproof } from "../sql/leakproof.ts";
import { isSameText } from "../sql/same-text.ts";

interface Waiting {
  readonly questions: readonly Question<unknown>[];
  readonly resolve: (answers: readonly Answer<unknown>[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Asks the server about declarations; nothing is changed by it. */
export class Questions {
  readonly #connect: () => Promise<Database>;
  #assumptions: string[] = [];
  #waiting: Waiting[] = [];
  #isAsking = false;

  constructor(connect: () => Promise<Database>) {
    this.#connect = connect;
  }

  /** Statements that the operation will run before the ones under question: functions and tables still to be created. */
  assume(statement: string): void {
    this.#assumptions.push(statement);
  }

  /** Forgets what was assumed: it has come about. */
  forgetAssumptions(): void {
    this.#assumptions = [];
  }

  /** Asks the server; what arrives while a question is under way goes out together in the next round trip. */
  ask<Found>(questions: readonly Question<Found>[]): Promise<readonly Answer<Found>[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ questions, resolve: (answers) => resolve(answers as readonly Answer<Found>[]), reject });
      if (!this.#isAsking) void this.#askAll();
    });
  }

  /** Of each pair of texts, whether the server understands the same by both. */
  async meanTheSame(
    pairs: readonly { readonly left: TextProbe; readonly right: TextProbe }[],
  ): Promise<readonly boolean[]> {
    if (pairs.length === 0) return [];
    const answers = await this.ask(pairs.flatMap(({ left, right }) => [left, right]));
    return pairs.map((pair, index) => {
      const [left, right] = answers.slice(index * 2, index * 2 + 2);
      if (!left?.ok || !right?.ok || isLeakproof(pair.left) !== isLeakproof(pair.right)) return false;
      return isSameText(pair.right.form, left.found, right.found);
    });
  }

  async #askAll(): Promise<void> {
    this.#isAsking = true;
    try {
      const database = await this.#connect();
      // Resources whose calls arrived in the same turn of the event loop go together.
      await new Promise((resolve) => setImmediate(resolve));
      while (this.#waiting.length > 0) await this.#askBatch(database, this.#waiting.splice(0));
    } catch (error) {
      for (const waiting of this.#waiting.splice(0)) waiting.reject(error);
    } finally {
      this.#isAsking = false;
    }
  }

  async #askBatch(database: Database, batch: readonly Waiting[]): Promise<void> {
    try {
      const answers = await askServer(
        database,
        batch.flatMap(({ questions }) => questions),
        [...this.#assumptions],
      );
      let start = 0;
      for (const { questions, resolve } of batch) {
        resolve(answers.slice(start, start + questions.length));
        start += questions.length;
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}

/** What the server is not asked about a function. */
function isLeakproof({ form, sql }: TextProbe): boolean {
  return form === "statement" && withoutLeakproof(sql).isLeakproof;
}
