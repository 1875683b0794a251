import { InputError } from "../errors/errors.ts";
import type { Place } from "../lifecycle/adoptable.ts";
import type { Kind } from "../lifecycle/kind.ts";
import { formatQualified, parseQualified, qualifiedNameProblem } from "../sql/quote.ts";

/** Selects objects by kind (`Bucket`), schema (`public`) and table (`public.tasks`). */
export class ObjectFilter {
  readonly #only: readonly string[];
  readonly #without: readonly string[];

  /** @param only selects just these; empty: everything @param without excludes these */
  constructor(kinds: readonly Kind[], only: readonly string[] = [], without: readonly string[] = []) {
    this.#only = only.map((word) => normalForm(word, kinds));
    this.#without = without.map((word) => normalForm(word, kinds));
  }

  /** Whether everything is selected. */
  get isWhole(): boolean {
    return this.#only.length === 0 && this.#without.length === 0;
  }

  includes(kind: string, place?: Place): boolean {
    const names = namesOf(kind, place);
    const isMeant = this.#only.length === 0 || this.#only.some((word) => names.includes(word));
    return isMeant && !this.#without.some((word) => names.includes(word));
  }

  /** The words that match none of these objects. */
  unknown(all: Iterable<{ readonly kind: string; readonly place?: Place | undefined }>): readonly string[] {
    const names = new Set([...all].flatMap(({ kind, place }) => namesOf(kind, place)));
    return [...this.#only, ...this.#without].filter((word) => !names.has(word));
  }
}

function namesOf(kind: string, place: Place | undefined): readonly string[] {
  return [
    kind,
    ...(place === undefined ? [] : [`schema ${place.schema}`]),
    ...(place?.table === undefined ? [] : [formatQualified(place.table)]),
  ];
}

/**
 * The normal form of a word: a kind as in a program, a schema by its name, or a table with its schema.
 * @throws {InputError} if it is none of these
 */
function normalForm(word: string, kinds: readonly Kind[]): string {
  const kind = kinds.find(({ name, adoptable }) => name === word || adoptable?.className === word);
  if (kind !== undefined) return kind.name;
  const problem = qualifiedNameProblem(word, "table");
  if (problem !== undefined) throw new InputError(problem);
  const isAlone = qualifiedNameProblem(`public.${word}`) === undefined;
  const { schema, name } = parseQualified(word);
  return isAlone ? `schema ${name}` : formatQualified({ schema, name });
}
