import type { Effect } from "../access/effects/effect.ts";
import type { Probe } from "../catalog/probe.ts";
import type { Answer, Question } from "../catalog/question.ts";
import type { Problem } from "../errors/errors.ts";

/** Judges declarations by the schema after the pending migrations. */
export interface PendingSchema {
  /** What makes a declaration invalid once the migrations are applied. */
  examine(
    probes: readonly Probe[],
    ask: <Found>(questions: readonly Question<Found>[]) => Promise<readonly Answer<Found>[]>,
  ): Promise<readonly Problem[]>;
  /** Whether a probe that the database refuses now is known to succeed afterwards. */
  willHold(probe: Probe): boolean;
}

/** What this operation knows about the migrations that it has not applied yet. */
export class PendingMigrations {
  readonly #unread = new Set<string>();
  readonly #untried = new Set<string>();
  /** The effects of the pending migrations' statements, in order. Those of DO blocks are not known. */
  effects: readonly Effect[] = [];
  /** Undefined: no pending migration is known to change existing objects. */
  schema: PendingSchema | undefined;

  /** Records a resource whose work changes other objects. How is unknown until `noteRead`. */
  expectWork(urn: string): void {
    this.#unread.add(urn);
  }

  /** Records that the effects of the resource's work are now known. */
  noteRead(urn: string): void {
    this.#unread.delete(urn);
  }

  /** Records that a pending migration will change existing tables in a way that can't be tried in advance. */
  expectChanges(migration: string): void {
    this.#untried.add(migration);
  }

  /** Pending migrations whose effect on existing tables is not reflected in the server's answers. */
  get untried(): readonly string[] {
    return [...this.#untried];
  }

  /** Whether tables may still change in ways that are not reflected in the server's answers. */
  get mayChangeTables(): boolean {
    return this.#untried.size > 0 || this.#unread.size > 0;
  }

  /** Records that all have been applied. */
  clear(): void {
    this.#untried.clear();
    this.effects = [];
    this.schema = undefined;
  }
}
