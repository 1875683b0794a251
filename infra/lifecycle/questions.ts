import { type Answer, askServer, type Probe } from "../catalog/probe.ts";
import type { Database } from "../database/database.ts";
import { withoutLeakproof } from "../sql/leakproof.ts";
import { isSameText } from "../sql/same-text.ts";

interface Waiting {
  readonly probes: readonly Probe[];
  readonly resolve: (answers: readonly Answer[]) => void;
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
  ask(probes: readonly Probe[]): Promise<readonly Answer[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ probes, resolve, reject });
      if (!this.#isAsking) void this.#askAll();
    });
  }

  /** Of each pair of texts, whether the server understands the same by both. */
  async meanTheSame(pairs: readonly { readonly left: Probe; readonly right: Probe }[]): Promise<readonly boolean[]> {
    if (pairs.length === 0) return [];
    const answers = await this.ask(pairs.flatMap(({ left, right }) => [left, right]));
    return pairs.map((pair, index) => {
      const [left, right] = answers.slice(index * 2, index * 2 + 2);
      if (!left?.ok || !right?.ok || isLeakproof(pair.left) !== isLeakproof(pair.right)) return false;
      return isSameText(pair.right.kind, left.canonical, right.canonical);
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
        batch.flatMap(({ probes }) => probes),
        [...this.#assumptions],
      );
      let start = 0;
      for (const { probes, resolve } of batch) {
        resolve(answers.slice(start, start + probes.length));
        start += probes.length;
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}

function isLeakproof(probe: Probe): boolean {
  return probe.kind === "function" && withoutLeakproof(probe.sql).isLeakproof;
}
