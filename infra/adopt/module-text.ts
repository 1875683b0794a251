import { addImports, type Imports, writeImports } from "./code/imports.ts";
import { type Literal, usesOf, writeLiteral } from "./code/literal.ts";

/** A statement of a program's module. */
export interface Statement {
  /** The name of the constant that holds it, which other modules may import. Absent: none. */
  readonly constant?: string;
  readonly value: Literal;
}

/** By it a module is known as one to which statements may be added. */
export const heading =
  "// Adopted from the database. `palisade adopt` adds at the end what is new there, and changes nothing that stands here.";

/**
 * The text of a module: as it is, with what is new at its end.
 * @param present its text, where it is there
 * @param remarks what is left out, a line each
 * @param file its path, for messages
 * @throws {InputError} where it calls something else by a name that what is new needs
 */
export function writeModule(
  present: string | undefined,
  statements: readonly Statement[],
  remarks: readonly string[],
  imports: Imports,
  file: string,
): string {
  const body = [...statements.map(writeStatement), ...(remarks.length > 0 ? [writeRemarks(remarks)] : [])].join("\n");
  const uses = new Set(statements.flatMap(({ value }) => usesOf(value)));
  const own = new Set(statements.flatMap(({ constant }) => constant ?? []));
  const needed = [...uses].filter((name) => !own.has(name));
  if (present === undefined) return `${heading}\n${writeImports(needed, imports)}\n${body}`;
  const added = `${present.endsWith("\n") ? "" : "\n"}\n${body}`;
  // A template has the same line breaks either way.
  return (
    addImports(present, needed, imports, file) + (present.includes("\r\n") ? added.replaceAll("\n", "\r\n") : added)
  );
}

function writeStatement({ constant, value }: Statement): string {
  const start = constant === undefined ? "" : `export const ${constant} = `;
  return `${start}${writeLiteral(value, { column: start.length })};\n`;
}

export function writeRemarks(remarks: readonly string[]): string {
  const lines = remarks.flatMap((remark) => remark.split(/\r\n|[\n\r\u2028\u2029]/));
  return `// Left out:\n${lines.map((line) => `// ${line}`.trimEnd()).join("\n")}\n`;
}
