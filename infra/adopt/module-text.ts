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
  "// Adopted from the database. `palisade adopt` adds at the end what is new there, and changes no declaration that stands here.";

/**
 * The text of a module: as it is, with what is new at its end.
 * @param present its text, where it is there
 * @param file its path, for messages
 * @throws {InputError} where it calls something else by a name that what is new needs
 */
export function writeModule(
  present: string | undefined,
  statements: readonly Statement[],
  imports: Imports,
  file: string,
): string {
  const body = statements.map(writeStatement).join("\n");
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

/** Whether new statements and remarks may go into a text. */
export function isOurs(text: string): boolean {
  return text.startsWith(heading);
}

const firstRemark = "// Left out:";
const lastRemark = "// End of what is left out; `palisade adopt` keeps this list.";

/**
 * A module's text with what is left out of it, in the place of the list that it has, or at its end.
 * @param isWhole whether the remarks are all that there are: others that stand in the text are outdated
 */
export function withRemarks(text: string, remarks: readonly string[], isWhole: boolean): string {
  const isWindows = text.includes("\r\n");
  const plain = isWindows ? text.replaceAll("\r\n", "\n") : text;
  const start = plain.indexOf(`${firstRemark}\n`);
  const last = start < 0 ? -1 : plain.indexOf(`${lastRemark}\n`, start);
  const found = last < 0 ? undefined : plain.slice(start + firstRemark.length + 1, last);
  const lines = remarks.map(writeRemark);
  const kept = isWhole || found === undefined ? "" : found;
  const all = kept + lines.filter((line) => !kept.includes(line)).join("");
  if (found === all || (found === undefined && all === "")) return text;
  const list = all === "" ? "" : `${firstRemark}\n${all}${lastRemark}\n`;
  const [before, after] =
    found === undefined
      ? [plain.replace(/\n?$/, "\n"), ""]
      : [plain.slice(0, start), plain.slice(last + lastRemark.length + 1)];
  const written = `${before}${found === undefined ? "\n" : ""}${list}${after}`.replace(/\n{2,}$/, "\n");
  return isWindows ? written.replaceAll("\n", "\r\n") : written;
}

function writeRemark(remark: string): string {
  return remark
    .split(/\r\n|[\n\r\u2028\u2029]/)
    .map((line) => `${`// ${line}`.trimEnd()}\n`)
    .join("");
}
