import { writeKey } from "../../values/source-names.ts";
import { quoteString, widthOf, writeTemplate } from "../../values/source-strings.ts";

/** Code to be written as it is. */
export class Code {
  constructor(
    readonly text: string,
    /** The names that the program has to declare or import for it. */
    readonly uses: readonly string[] = [],
    /** The same code over several lines with the given indentation, for when one line is too long. */
    readonly inLines?: (indentation: number) => string,
  ) {}
}

/** A call or, if the callee starts with `new`, a construction: `new TableAccess("tasks", { … })`. */
export class Call {
  constructor(
    readonly callee: string,
    readonly args: readonly Literal[],
    readonly uses: readonly string[] = [],
  ) {}
}

/** A value to write into a program. A property that is undefined is left out. */
export type Literal =
  | Code
  | Call
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly Literal[]
  | { readonly [key: string]: Literal };

/** Where a value is written. */
export interface Place {
  /** The indentation of its statement. Default: 0. */
  readonly indentation?: number;
  /** The length of the line before it. Default: the indentation. */
  readonly column?: number;
  /** The length of what follows on its last line, such as the semicolon. Default: 1. */
  readonly after?: number;
}

/** The source of a value, formatted as by Biome and Prettier with lines of at most 120 characters. */
export function writeLiteral(value: Literal, place: Place = {}): string {
  const { indentation = 0, column = indentation, after = 1 } = place;
  return write(value, { indentation, column, after });
}

/** The names that the code in a value uses. */
export function usesOf(value: Literal): readonly string[] {
  if (value instanceof Code) return value.uses;
  if (value instanceof Call) return [...value.uses, ...value.args.flatMap(usesOf)];
  if (isList(value)) return value.flatMap(usesOf);
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(usesOf) : [];
}

const width = 120;
const step = 2;

function write(value: Literal, place: Required<Place>): string {
  const flat = inOneLine(value);
  if (flat !== undefined && place.column + widthOf(flat) + place.after <= width) return flat;
  if (value instanceof Code) return value.inLines?.(place.indentation) ?? value.text;
  if (value instanceof Call) return writeCall(value, place);
  if (typeof value === "string") return isTemplate(value) ? writeTemplate(value) : quoteString(value);
  if (isList(value)) return writeList(value, place);
  if (typeof value === "object" && value !== null) return writeObject(value, place);
  return flat ?? "undefined";
}

/** Undefined if it needs several lines. */
function inOneLine(value: Literal): string | undefined {
  if (value instanceof Code) return value.text.includes("\n") ? undefined : value.text;
  if (value instanceof Call) return joinFlat(`${value.callee}(`, value.args.map(inOneLine), ")");
  if (typeof value === "string") return isTemplate(value) ? undefined : quoteString(value);
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value).replace("e+", "e");
  if (isList(value)) return holdsSeveral(value) ? undefined : joinFlat("[", value.map(inOneLine), "]");
  if (typeof value !== "object" || value === null) return String(value);
  const entries = entriesOf(value);
  if (entries.length === 0) return "{}";
  const flat = entries.map(([key, inner]) => {
    const written = inOneLine(inner);
    return written === undefined ? undefined : writeEntry(key, inner, written);
  });
  return joinFlat("{ ", flat, " }");
}

function joinFlat(start: string, parts: readonly (string | undefined)[], end: string): string | undefined {
  return parts.every((part) => part !== undefined) ? start + parts.join(", ") + end : undefined;
}

/** Uses the shorthand for a variable with the property's name. */
function writeEntry(key: string, value: Literal, written: string): string {
  return value instanceof Code && written === key ? key : `${writeKey(key)}: ${written}`;
}

function writeObject(value: { readonly [key: string]: Literal }, { indentation }: Required<Place>): string {
  const inner = indentation + step;
  const lines = entriesOf(value).map(([key, one]) => `${spaces(inner)}${writeProperty(key, one, inner)},\n`);
  return `{\n${lines.join("")}${spaces(indentation)}}`;
}

function writeProperty(key: string, value: Literal, indentation: number): string {
  const written = writeKey(key);
  const column = indentation + widthOf(written) + 2;
  const entry = writeEntry(key, value, write(value, { indentation, column, after: 1 }));
  // A string that is too long for the line moves to the next one, unless the key is very short.
  const isLong = typeof value === "string" && !isTemplate(value) && indentation + widthOf(entry) + 1 > width;
  return isLong && widthOf(written) > step ? `${written}:\n${spaces(indentation + step)}${quoteString(value)}` : entry;
}

function writeList(value: readonly Literal[], { indentation }: Required<Place>): string {
  const inner = indentation + step;
  if (value.every((one) => typeof one === "number")) return `[\n${fill(value, inner)}${spaces(indentation)}]`;
  const lines = value.map((one) => `${spaces(inner)}${write(one, { indentation: inner, column: inner, after: 1 })},\n`);
  return `[\n${lines.join("")}${spaces(indentation)}]`;
}

/** Numbers are filled into lines. */
function fill(numbers: readonly number[], indentation: number): string {
  const lines: string[] = [];
  let line = "";
  for (const number of numbers) {
    const next = `${inOneLine(number)},`;
    if (line !== "" && indentation + line.length + 1 + next.length > width) {
      lines.push(line);
      line = "";
    }
    line += line === "" ? next : ` ${next}`;
  }
  return [...lines, line].map((one) => `${spaces(indentation)}${one}\n`).join("");
}

/**
 * The last argument is opened on the call's own line if it is an object or list and the one before it is not. Otherwise
 * each argument has its own line.
 */
function writeCall({ callee, args }: Call, { indentation, column, after }: Required<Place>): string {
  const last = args.at(-1);
  const before = args.slice(0, -1);
  const start = joinFlat(
    `${callee}(`,
    before.map((one) => inOneLine(one)),
    before.length > 0 ? ", " : "",
  );
  const isSame = before.length > 0 && shapeOf(before.at(-1)) === shapeOf(last);
  if (isOpenable(last) && !isSame && start !== undefined && column + widthOf(start) + 1 <= width) {
    const opened = isList(last)
      ? writeList(last, { indentation, column, after })
      : writeObject(last, { indentation, column, after });
    return `${start}${opened})`;
  }
  const inner = indentation + step;
  const lines = args.map((one) => `${spaces(inner)}${write(one, { indentation: inner, column: inner, after: 1 })},\n`);
  return `${callee}(\n${lines.join("")}${spaces(indentation)})`;
}

function isOpenable(value: Literal): value is readonly Literal[] | { readonly [key: string]: Literal } {
  if (value instanceof Code || value instanceof Call) return false;
  if (isList(value)) return value.length > 0;
  return typeof value === "object" && value !== null && entriesOf(value).length > 0;
}

function shapeOf(value: Literal): string {
  if (value instanceof Code || value instanceof Call) return "code";
  return isList(value) ? "list" : typeof value;
}

/** A list of several objects or lists with several entries each always takes several lines. */
function holdsSeveral(value: readonly Literal[]): boolean {
  const shapes = new Set(value.map(shapeOf));
  const [shape] = shapes;
  if (value.length < 2 || shapes.size > 1 || (shape !== "list" && shape !== "object")) return false;
  return value.every((one) => (isList(one) ? one.length : one === null ? 0 : entriesOf(one as object).length) > 1);
}

function entriesOf(value: object): readonly (readonly [string, Literal])[] {
  return Object.entries(value as Readonly<Record<string, Literal>>).filter(([, inner]) => inner !== undefined);
}

function isList(value: Literal): value is readonly Literal[] {
  return Array.isArray(value);
}

/** A text with several lines is more readable as a template. */
function isTemplate(text: string): boolean {
  return /[^\n]\n+[^\n]/.test(text);
}

function spaces(count: number): string {
  return " ".repeat(count);
}
