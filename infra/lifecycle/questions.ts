import type { TextProbe } from "../catalog/probe.ts";
import { type Answer, askServer, type Question } from "../catalog/question.ts";
import type { Database } from "../database/database.ts";
import { withoutLeakproof } from "../sql/leakproof.ts";
import { loadParser } from "../sql/parser.ts";
import { isSameText } from "../sql/same-text.ts";

interface Waiting {
  readonly question: Question<unknown>;
  readonly resolve: (answer: Answer<unknown>) => void;
  readonly reject: (error: unknown) => void;
}

/** Asks the server about declarations, without changing anything. */
export class Questions {
  readonly #connect: () => Promise<Database>;
  /** By question. Undefined once this operation writes. */
  #answers: Map<string, Promise<Answer<unknown>>> | undefined = new Map();
  #assumptions: string[] = [];
  #waiting: Waiting[] = [];
  #isAsking = false;

  constructor(connect: () => Promise<Database>) {
    this.#connect = connect;
  }

  /**
   * Adds a statement that the operation will run before those in question: it creates a function or table that does not
   * exist yet.
   */
  assume(statement: string): void {
    this.#assumptions.push(statement);
    this.#answers?.clear();
  }

  /** Forgets the assumptions, because they have come true. */
  forgetAssumptions(): void {
    this.#assumptions = [];
    this.#answers?.clear();
  }

  /** Stops reusing answers, because the database changes from now on. */
  stopRemembering(): void {
    this.#answers = undefined;
  }

  /**
   * Asks the server. Questions that arrive while a round trip is under way share the next one, and the same question is
   * not asked twice.
   */
  async ask<Found>(questions: readonly Question<Found>[]): Promise<readonly Answer<Found>[]> {
    if (questions.length === 0) return [];
    await loadParser();
    return (await Promise.all(questions.map((question) => this.#askOnce(question)))) as Answer<Found>[];
  }

  /** For each pair of texts, whether both mean the same to the server. */
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

  #askOnce(question: Question<unknown>): Promise<Answer<unknown>> {
    const answers = this.#answers;
    if (answers === undefined) return this.#send(question);
    const key = question.call();
    const known = answers.get(key);
    if (known !== undefined) return known;
    const answer = this.#send(question);
    answers.set(key, answer);
    answer.catch(() => answers.delete(key));
    return answer;
  }

  #send(question: Question<unknown>): Promise<Answer<unknown>> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ question, resolve, reject });
      if (!this.#isAsking) void this.#askAll();
    });
  }

  async #askAll(): Promise<void> {
    this.#isAsking = true;
    try {
      const database = await this.#connect();
      // Resources whose calls arrive in the same turn of the event loop share a round trip.
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
      const questions = batch.map(({ question }) => question);
      const answers = await askServer(database, questions, [...this.#assumptions]);
      for (const [index, answer] of answers.entries()) batch[index]?.resolve(answer);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}

/** Whether a function is LEAKPROOF. The question to the server leaves this out. */
function isLeakproof({ form, sql }: TextProbe): boolean {
  return form === "statement" && withoutLeakproof(sql).isLeakproof;
}
