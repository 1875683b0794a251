import { formatQualified, type QualifiedName } from "../../sql/quote.ts";

/** Distinct file names within a folder, also on file systems that ignore case or normalise accents. */
export class FileNames {
  readonly #taken: Set<string>;

  /** @param taken the existing files, without their extension */
  constructor(taken: Iterable<string> = []) {
    this.#taken = new Set([...taken].map(fold));
  }

  /**
   * A file name without extension: the first of the wanted names that is free.
   * @param wanted the best name first; the last one gets a number if all are taken
   */
  take(...wanted: readonly string[]): string {
    const names = wanted.map(safeName);
    const free = names.find((name) => !this.has(name)) ?? this.#numbered(names.at(-1) ?? safeName(""));
    this.#taken.add(fold(free));
    return free;
  }

  has(name: string): boolean {
    return this.#taken.has(fold(name));
  }

  #numbered(name: string): string {
    for (let number = 2; ; number++) {
      const numbered = `${name}-${number}`;
      if (!this.has(numbered)) return numbered;
    }
  }
}

export interface NamedFunction extends QualifiedName {
  readonly argumentTypes: readonly string[];
}

/**
 * A file name for each function, in order: `is_member`; with the schema if another schema has a function of that name
 * (`private.is_member`); with the argument types if it is overloaded (`is_member-text-uuid`).
 */
export function functionFileNames(
  functions: readonly NamedFunction[],
  taken: Iterable<string> = [],
): readonly string[] {
  const names = new FileNames(taken);
  const count = (key: (of: NamedFunction) => string) => {
    const counts = new Map<string, number>();
    for (const one of functions) counts.set(key(one), (counts.get(key(one)) ?? 0) + 1);
    return (one: NamedFunction) => counts.get(key(one)) ?? 0;
  };
  const sameName = count(({ name }) => fold(safeName(name)));
  const sameInSchema = count((one) => formatQualified(one));
  return functions.map((one) => {
    const { schema, name, argumentTypes } = one;
    const isOverloaded = sameInSchema(one) > 1;
    const types = isOverloaded ? `-${argumentTypes.join("-") || "none"}` : "";
    const isElsewhere = sameName(one) > sameInSchema(one);
    return isElsewhere
      ? names.take(`${schema}.${name}${types}`)
      : names.take(name + types, `${schema}.${name}${types}`);
  });
}

/** Leaves room for a number, an extension and the folder's path. */
const longest = 80;

/** Letters, digits, and `-`, `_` and `.` between them. */
function safeName(name: string): string {
  const words = name
    .normalize("NFC")
    .replaceAll("[]", "_array")
    .replaceAll(/[^\p{L}\p{M}\p{Nd}._-]+|\p{Default_Ignorable_Code_Point}+|[^\0-\uffff]+/gu, "_")
    .replaceAll(/\.{2,}/g, ".");
  let cut = "";
  for (const letter of words) {
    if (Buffer.byteLength(cut + letter) > longest) break;
    cut += letter;
  }
  const trimmed = cut.replaceAll(/^[.\p{M}-]+|[.-]+$/gu, "");
  if (trimmed === "") return "_";
  // Windows reserves these names for devices, whatever follows the first dot.
  return /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(trimmed) ? `_${trimmed}` : trimmed;
}

function fold(name: string): string {
  return name.normalize("NFKD").toUpperCase().toLowerCase().normalize("NFKD");
}
