/** What a migration does to an object that others may depend on. */
type Action = "drops" | "renames" | "retypes";

export interface Alteration {
  readonly action: Action;
  readonly migration: string;
}

/**
 * Tracks names while scripts drop, rename and create objects. A name that no script has touched refers to the same
 * object as in the database.
 */
export class RenameTracker {
  /**
   * Names that a script assigned, each with the object's name in the database; undefined if the script created the
   * object.
   */
  readonly #given = new Map<string, string | undefined>();
  readonly #taken = new Map<string, Alteration>();

  /**
   * The name in the database of the object that now has this name; undefined if there is none, or a script created it.
   */
  originOf(name: string): string | undefined {
    if (this.#given.has(name)) return this.#given.get(name);
    return this.#taken.has(name) ? undefined : name;
  }

  /** Removes a name. @returns the object that had it, as `originOf` */
  take(name: string, act: Alteration): string | undefined {
    const origin = this.originOf(name);
    this.#given.delete(name);
    this.#taken.set(name, act);
    return origin;
  }

  /** Assigns a name to an object that had another one or, without an origin, to a new object. */
  give(name: string, origin?: string): void {
    this.#given.set(name, origin);
  }

  /** What removed the name, if no object has it any more. */
  takenBy(name: string): Alteration | undefined {
    return this.#given.has(name) ? undefined : this.#taken.get(name);
  }

  /** Whether the name belonged to an existing object and now belongs to a new one. */
  isRemade(name: string): boolean {
    return this.#taken.has(name) && this.#given.has(name) && this.#given.get(name) === undefined;
  }

  get given(): ReadonlyMap<string, string | undefined> {
    return this.#given;
  }
}
