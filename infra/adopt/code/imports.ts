import { InputError } from "../../errors/errors.ts";
import { widthOf } from "../../values/source-strings.ts";
import { type ModuleImport, readImports, startOfCode } from "./module-imports.ts";

/** The package, or the program's module, that each name used in a program comes from. */
export type Imports = ReadonlyMap<string, string>;

/** The imports of a new module. */
export function writeImports(names: readonly string[], imports: Imports): string {
  return [...bySource(names, imports)].map(([source, own]) => `${writeImport(own, source)}\n`).join("");
}

/**
 * A module that also imports these names. They are added to an existing import of the same source if that can be
 * rewritten without loss; otherwise they get a new import after the others. Nothing else changes.
 * @param file the module's path, for messages
 * @throws {InputError} if the module uses one of the names for something else
 */
export function addImports(text: string, names: readonly string[], imports: Imports, file: string): string {
  const present = readImports(text);
  const missing = names.filter((name) => !isImported(present, name, imports.get(name) ?? "", file));
  const edits: Edit[] = [];
  const apart: string[] = [];
  for (const [source, own] of bySource(missing, imports)) {
    const found = present.find((one) => isSameModule(one.source, source) && isPlain(one, text));
    if (found === undefined) apart.push(writeImport(own, source));
    else {
      const all = [...found.names.map(nameText), ...own];
      edits.push({ start: found.start, end: found.end, text: writeImport(all, found.source) });
    }
  }
  return edit(text, [...edits, ...behindImports(text, present, apart)]);
}

/** A module that also imports these modules for their side effects, after its other imports. Nothing else changes. */
export function addModules(text: string, sources: readonly string[]): string {
  const present = readImports(text);
  const missing = sources.filter((source) => !present.some((one) => !one.isType && isSameModule(one.source, source)));
  return edit(
    text,
    behindImports(
      text,
      present,
      missing.map((source) => `import "${source}";`),
    ),
  );
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

function behindImports(text: string, present: readonly ModuleImport[], lines: readonly string[]): readonly Edit[] {
  if (lines.length === 0) return [];
  const last = present.at(-1);
  const start = last === undefined ? startOfCode(text) : behind(text, last.end);
  const isCut = start > 0 && text[start - 1] !== "\n";
  return [{ start, end: start, text: `${isCut ? "\n" : ""}${lines.map((line) => `${line}\n`).join("")}` }];
}

function edit(text: string, edits: readonly Edit[]): string {
  const isWindows = text.includes("\r\n");
  return [...edits]
    .sort((left, right) => right.start - left.start)
    .reduce(
      (result, one) =>
        result.slice(0, one.start) + (isWindows ? one.text.replaceAll("\n", "\r\n") : one.text) + result.slice(one.end),
      text,
    );
}

function isImported(present: readonly ModuleImport[], name: string, source: string, file: string): boolean {
  for (const one of present) {
    const binding = one.names.find(({ local }) => local === name);
    if (binding === undefined) continue;
    const isSame = binding.imported === name && isSameModule(one.source, source);
    if (isSame && !binding.isType) return true;
    throw new InputError(
      isSame
        ? `${file} imports ${name} from "${one.source}" as a type only; import it without "type", so that more can be added`
        : `${file} calls something else ${name}, from "${one.source}"; import that by another name ("as"), so that more can be added`,
    );
  }
  return false;
}

/** Whether the import can be rewritten without loss: it has no comments, attributes or other forms of import. */
function isPlain({ start, end, isType, names, braces, source }: ModuleImport, text: string): boolean {
  if (isType || braces === undefined || names.some(({ imported }) => imported === "default" || imported === "*"))
    return false;
  const squeeze = (code: string) => code.replaceAll(/\s+|,(?=\s*\})|;$/g, "").replaceAll("'", '"');
  return squeeze(text.slice(start, end)) === squeeze(writeSorted(names.map(nameText), source));
}

function nameText({ imported, local, isType }: ModuleImport["names"][number]): string {
  return `${isType ? "type " : ""}${imported}${imported === local ? "" : ` as ${local}`}`;
}

function isSameModule(one: string, other: string): boolean {
  return withoutEnding(one) === withoutEnding(other);
}

function withoutEnding(source: string): string {
  return source.startsWith(".") ? source.replace(/\.[cm]?[jt]s$/, "") : source;
}

/** The start of the next line, if only a comment follows on this one. */
function behind(text: string, end: number): number {
  const rest = /[ \t]*(?:\/\/[^\n]*)?\r?(?:\n|$)/y;
  rest.lastIndex = end;
  return rest.exec(text) === null ? end : rest.lastIndex;
}

/** Packages first, then the program's own modules. */
function bySource(names: readonly string[], imports: Imports): ReadonlyMap<string, readonly string[]> {
  const sources = new Map<string, string[]>();
  for (const name of new Set(names)) {
    const source = imports.get(name);
    if (source === undefined) throw new Error(`nothing is known of ${name}, which the program uses`);
    sources.set(source, [...(sources.get(source) ?? []), name]);
  }
  return new Map([...sources].sort(([left], [right]) => compareSources(left, right)));
}

function compareSources(left: string, right: string): number {
  const rank = (source: string) => (source.startsWith("node:") ? 0 : source.startsWith(".") ? 2 : 1);
  return rank(left) - rank(right) || (left < right ? -1 : 1);
}

function writeImport(names: readonly string[], source: string): string {
  return writeSorted([...names].sort(compareNames), source);
}

function writeSorted(names: readonly string[], source: string): string {
  const line = `import { ${names.join(", ")} } from "${source}";`;
  return widthOf(line) <= 120 ? line : `import {\n${names.map((name) => `  ${name},\n`).join("")}} from "${source}";`;
}

function compareNames(left: string, right: string): number {
  const [one, other] = [left, right].map((name) => name.replace(/^type /, ""));
  const [low, high] = [one?.toLowerCase() ?? "", other?.toLowerCase() ?? ""];
  return low < high || (low === high && left < right) ? -1 : 1;
}
