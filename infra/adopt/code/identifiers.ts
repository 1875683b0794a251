import { camelCase, unsuitable } from "../../values/source-names.ts";

/**
 * Distinct names for one scope of a program. A name that is taken gets a number: `tasks`, `tasks2`. The same names in
 * the same order always yield the same identifiers.
 */
export class Identifiers {
  readonly #taken: Set<string>;

  /** @param taken the names that the scope has already, such as imports */
  constructor(taken: Iterable<string> = []) {
    this.#taken = new Set(taken);
  }

  /** An identifier for a variable or a function, never a reserved word: `delete` becomes `delete_`. */
  variable(name: string): string {
    const word = propertyWord(name);
    return this.#take(reserved.has(word) ? `${word}_` : word);
  }

  /** A property's name, which never needs quotes. It may be a reserved word. */
  property(name: string): string {
    return this.#take(propertyWord(name));
  }

  #take(word: string): string {
    let taken = word;
    for (let number = 2; this.#taken.has(taken); number++) taken = word + number;
    this.#taken.add(taken);
    return taken;
  }
}

/** A property's name in camel case: `organizationId`, `class`. It never needs quotes, and may be a reserved word. */
function propertyWord(name: string): string {
  const known = name.normalize("NFC").replaceAll(unsuitable, " ");
  const [, underscores = "", rest = ""] = /^([\s$]*_+)?(.*)$/su.exec(known) ?? [];
  // Keeps a leading underscore, which marks internal names such as `_prisma_migrations`.
  const word = camelCase(rest.replaceAll("$", " "));
  return (underscores === "" || word.startsWith("_") ? word : `_${word}`).slice(0, longest);
}

/** A schema's and a table's name together may have 126 letters. */
const longest = 60;

/**
 * Names that a module can't declare, or whose declaration would hide what a program uses.
 * @see https://tc39.es/ecma262/#prod-ReservedWord
 */
const reserved = new Set(
  (
    "arguments await break case catch class const continue debugger default delete do else enum eval export extends false finally for function if " +
    "implements import in instanceof interface let new null package private protected public return static super switch this throw true try typeof " +
    "undefined var void while with yield NaN Infinity globalThis require exports module process console any async"
  ).split(" "),
);
