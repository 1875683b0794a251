import { addImports, type Imports, writeImports } from "./code/imports.ts";
import { type Literal, usesOf, writeLiteral } from "./code/literal.ts";

/** A statement of a program's module. */
export interface Statement {
  /** The constant that holds it, which other modules may import. Absent: none. */
  readonly constant?: string;
  readonly value: Literal;
}

/** Identifies a module as one that statements may be added to. */
export const heading =
  "// Adopted from the database. `palisade adopt` adds at the end what is new there, and changes no declaration that stands here.";

/**
 * The text of a module: its current text, with the new statements at its end.
 * @param present its current text, if it exists
 * @param file its path, for messages
 * @throws {InputError} if it uses a name that the new statements need for something else
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
  // Line breaks in a template are the same either way.
  return (
    addImports(present, needed, imports, file) + (present.includes("\r\n") ? added.replaceAll("\n", "\r\n") : added)
  );
}

function writeStatement({ constant, value }: Statement): string {
  const start = constant === undefined ? "" : `export const ${constant} = `;
  return `${start}${writeLiteral(value, { column: start.length })};\n`;
}

/** Whether statements and remarks may be added to a text. */
export function isOurs(text: string): boolean {
  return text.startsWith(heading);
}

const firstRemark = "// Left out:";
const lastRemark = "// End of what is left out; `palisade adopt` keeps this list.";

/**
 * A module's text with the remarks about what is left out, in place of its existing list or at its end.
 * @param isWhole whether these remarks are complete, so that other ones in the text are outdated
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
