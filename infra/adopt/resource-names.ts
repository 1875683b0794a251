/** The name of a resource, which is unique within its kind. */
export interface NamedIn {
  readonly kind: string;
  readonly name: string;
}

/** Distinct names for a program's resources of each kind. */
export class ResourceNames {
  readonly #taken = new Set<string>();

  constructor(taken: Iterable<NamedIn>) {
    for (const { kind, name } of taken) this.#taken.add(keyOf(kind, name));
  }

  /** The first of the names that no resource of the kind has, or else the last one with a number. */
  take(kind: string, wanted: readonly string[]): string {
    const free =
      wanted.find((name) => !this.#taken.has(keyOf(kind, name))) ?? this.#numbered(kind, wanted.at(-1) ?? kind);
    this.#taken.add(keyOf(kind, free));
    return free;
  }

  #numbered(kind: string, name: string): string {
    for (let number = 2; ; number++) {
      const numbered = `${name} ${number}`;
      if (!this.#taken.has(keyOf(kind, numbered))) return numbered;
    }
  }
}

function keyOf(kind: string, name: string): string {
  return `${kind} ${name}`;
}
