import { camelCase } from "../../contract/names.ts";

/** Whether every compiler takes the name for a property without quotes. */
export function isWord(name: string): boolean {
  return /^[\p{ID_Start}_$]/u.test(name) && name.search(unsuitable) < 0;
}

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
 * What no identifier gets although JavaScript may allow it: characters that can't be seen, and letters that compilers of the last years do
 * not know, which are those beyond the basic plane and those that Unicode added lately.
 */
const unsuitable = new RegExp(
  [
    "[^\\p{ID_Continue}$]",
    "[^\\0-\\uffff]",
    "\\p{Default_Ignorable_Code_Point}",
    "[\\u088f\\u0c5c\\u0cdc\\u1c89\\u1c8a\\ua7cb-\\ua7cf\\ua7d2\\ua7d4\\ua7da-\\ua7dc\\ua7f1]",
    "[\\u0897\\u1acf-\\u1aeb]",
  ].join("|"),
  "gu",
);

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
