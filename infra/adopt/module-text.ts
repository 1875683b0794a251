import { type Literal, usesOf, writeLiteral } from "./code/literal.ts";

/** A statement of a program's module. */
export interface Statement {
  /** The name of the constant that holds it, which other modules may import. Absent: none. */
  readonly constant?: string;
  readonly value: Literal;
}

/** Where the names come from that a program uses, by name: a package, or a module of the program's. */
export type Imports = ReadonlyMap<string, string>;

/** By it a module is known as one to which statements may be added. */
export const heading =
  "// Adopted from the database. `palisade adopt` adds at the end what is new there, and changes nothing that stands here.";

/**
 * The text of a module: as it is, with what is new at its end.
 * @param present its text, where it is there
 * @param remarks what is left out, a line each
 */
export function writeModule(
  present: string | undefined,
  statements: readonly Statement[],
  remarks: readonly string[],
  imports: Imports,
): string {
  const body = [...statements.map(writeStatement), ...(remarks.length > 0 ? [writeRemarks(remarks)] : [])].join("\n");
  const uses = new Set(statements.flatMap(({ value }) => usesOf(value)));
  const own = new Set(statements.flatMap(({ constant }) => constant ?? []));
  const needed = [...uses].filter((name) => !own.has(name));
  if (present === undefined) return `${heading}\n${writeImports(needed, imports)}\n${body}`;
  const end = present.endsWith("\n") ? "" : "\n";
  return `${addImports(present, needed, imports)}${end}\n${body}`;
}

function writeStatement({ constant, value }: Statement): string {
  const start = constant === undefined ? "" : `export const ${constant} = `;
  return `${start}${writeLiteral(value, { column: start.length })};\n`;
}

export function writeRemarks(remarks: readonly string[]): string {
  const lines = remarks.flatMap((remark) => remark.split(/\r\n|[\n\r\u2028\u2029]/));
  return `// Left out:\n${lines.map((line) => `// ${line}`.trimEnd()).join("\n")}\n`;
}

function writeImports(names: readonly string[], imports: Imports): string {
  const sources = new Map<string, string[]>();
  for (const name of names) {
    const source = imports.get(name);
    if (source === undefined) throw new Error(`nothing is known of ${name}, which the program uses`);
    sources.set(source, [...(sources.get(source) ?? []), name]);
  }
  return [...sources.keys()]
    .sort(comparePaths)
    .map((source) => `${writeImport(sources.get(source) ?? [], source)}\n`)
    .join("");
}

/** Packages before modules of the program's own. */
function comparePaths(left: string, right: string): number {
  const isOwn = (source: string) => Number(source.startsWith("."));
  return isOwn(left) - isOwn(right) || (left < right ? -1 : 1);
}

function writeImport(names: readonly string[], source: string): string {
  const sorted = [...names].sort(compareNames);
  const line = `import { ${sorted.join(", ")} } from "${source}";`;
  return line.length <= 120 ? line : `import {\n${sorted.map((name) => `  ${name},\n`).join("")}} from "${source}";`;
}

function compareNames(left: string, right: string): number {
  return left.toLowerCase() < right.toLowerCase() || (left.toLowerCase() === right.toLowerCase() && left < right)
    ? -1
    : 1;
}

/** Names that are imported already stay where they are; others join the import of their source, or follow the last import. */
function addImports(text: string, names: readonly string[], imports: Imports): string {
  const found = [...text.matchAll(/^import\s*\{([^}]*)\}\s*from\s*(["'])([^"'\n]+)\2;?[ \t]*$/gm)].map((match) => ({
    text: match[0],
    start: match.index,
    source: match[3] ?? "",
    listed: (match[1] ?? "")
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== ""),
  }));
  const present = new Set(found.flatMap(({ listed }) => listed.map((name) => name.split(/\s+as\s+/).at(-1) ?? name)));
  const missing = names.filter((name) => !present.has(name));
  const sources = new Set(missing.map((name) => imports.get(name) ?? ""));
  const ending = (source: string) => source.replace(/\.[cm]?[jt]s$/, "");
  let result = text;
  // From the end on, so that the places before it still hold.
  for (const one of found.toReversed()) {
    const source = [...sources].find((each) => ending(each) === ending(one.source));
    if (source === undefined) continue;
    sources.delete(source);
    const added = missing.filter((name) => imports.get(name) === source);
    const replaced = writeImport([...one.listed, ...added], one.source);
    result = result.slice(0, one.start) + replaced + result.slice(one.start + one.text.length);
  }
  if (sources.size === 0) return result;
  const rest = writeImports(
    missing.filter((name) => sources.has(imports.get(name) ?? "")),
    imports,
  );
  const last = [...result.matchAll(/^import\b[^;]*?["'][^"'\n]+["'];?[ \t]*\n/gm)].at(-1);
  const at = last === undefined ? (/^(?:\/\/[^\n]*\n)*/.exec(result)?.[0].length ?? 0) : last.index + last[0].length;
  return result.slice(0, at) + rest + result.slice(at);
}
