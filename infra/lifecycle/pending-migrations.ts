import type { Effect } from "../access/effects/effect.ts";
import type { Probe } from "../catalog/probe.ts";
import type { Answer, Question } from "../catalog/question.ts";
import type { Problem } from "../errors/errors.ts";

/** Judges declarations by the schema that pending migrations lead to. */
export interface PendingSchema {
  /** What of a declaration can't stand once the migrations are applied. */
  examine(
    probes: readonly Probe[],
    ask: <Found>(questions: readonly Question<Found>[]) => Promise<readonly Answer<Found>[]>,
  ): Promise<readonly Problem[]>;
  /** Whether what the database refuses now is known to hold afterwards. */
  willHold(probe: Probe): boolean;
}

/** What this operation knows of the migrations that it is still to carry out. */
export class PendingMigrations {
  readonly #unread = new Set<string>();
  readonly #untried = new Set<string>();
  /** What the statements of the pending migrations do, in their order; what DO blocks do is not known. */
  effects: readonly Effect[] = [];
  /** Undefined where no pending migration is known to change what exists. */
  schema: PendingSchema | undefined;

  /** Notes a resource whose work changes other objects, in ways that nobody knows before `noteRead`. */
  expectWork(urn: string): void {
    this.#unread.add(urn);
  }

  /** Notes that it has been told what the resource's work does. */
  noteRead(urn: string): void {
    this.#unread.delete(urn);
  }

  /** Notes that a pending migration will change existing tables in ways that can't be tried beforehand. */
  expectChanges(migration: string): void {
    this.#untried.add(migration);
  }

  /** Pending migrations whose effect on existing tables is not known to the server's answers. */
  get untried(): readonly string[] {
    return [...this.#untried];
  }

  /** Whether tables may still change in ways that the server's answers do not know. */
  get mayChangeTables(): boolean {
    return this.#untried.size > 0 || this.#unread.size > 0;
  }

  /** Notes that all have been carried out. */
  clear(): void {
    this.#untried.clear();
    this.effects = [];
    this.schema = undefined;
  }
}
