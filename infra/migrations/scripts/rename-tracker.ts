/** What a migration does to something that others may use. */
export type Action = "drops" | "renames" | "retypes";

export interface Alteration {
  readonly action: Action;
  readonly migration: string;
}

/**
 * Who goes by which name while scripts drop, rename and make things: a name that no script has touched means what it means in the
 * database.
 */
export class RenameTracker {
  /** Names that a script gave, with the name that the thing has in the database; undefined where the script made it. */
  readonly #given = new Map<string, string | undefined>();
  readonly #taken = new Map<string, Alteration>();

  /** The name in the database of what goes by this name now; undefined where nothing does, or a script made it. */
  originOf(name: string): string | undefined {
    if (this.#given.has(name)) return this.#given.get(name);
    return this.#taken.has(name) ? undefined : name;
  }

  /** Takes a name away. @returns what went by it, as `originOf` */
  take(name: string, act: Alteration): string | undefined {
    const origin = this.originOf(name);
    this.#given.delete(name);
    this.#taken.set(name, act);
    return origin;
  }

  /** Gives a name to something that had another one, or, without an origin, to something new. */
  give(name: string, origin?: string): void {
    this.#given.set(name, origin);
  }

  /** What took the name away, where nothing goes by it any more. */
  takenBy(name: string): Alteration | undefined {
    return this.#given.has(name) ? undefined : this.#taken.get(name);
  }

  /** Whether something went by the name, and something new does now. */
  isRemade(name: string): boolean {
    return this.#taken.has(name) && this.#given.has(name) && this.#given.get(name) === undefined;
  }

  get given(): ReadonlyMap<string, string | undefined> {
    return this.#given;
  }
}
