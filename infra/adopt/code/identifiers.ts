import { camelCase, unsuitable } from "../../values/source-names.ts";

/**
 * Distinct names for one scope of a program. A name that is taken already gets a number: `tasks`, `tasks2`. The same names in the same order
 * always give the same identifiers.
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

  /** A property's name. It needs no quotes; reserved words are allowed. */
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

/** The name of a property in camel case: `organizationId`, `class`. Always an identifier's word, so that it needs no quotes; it may be reserved. */
function propertyWord(name: string): string {
  const known = name.normalize("NFC").replaceAll(unsuitable, " ");
  const [, underscores = "", rest = ""] = /^([\s$]*_+)?(.*)$/su.exec(known) ?? [];
  // `_prisma_migrations` keeps what says that it is somebody's own.
  const word = camelCase(rest.replaceAll("$", " "));
  return (underscores === "" || word.startsWith("_") ? word : `_${word}`).slice(0, longest);
}

/** A schema's name and a table's may have 126 letters together. */
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
