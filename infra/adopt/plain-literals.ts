import type { Operation } from "../lifecycle/operation.ts";
import { readTokens, type Token, UnreadableBody } from "../sql/tokens.ts";
import { formatPath, type Path, type Properties, valueAt, withValueAt } from "../values/properties.ts";
import type { LiveObject } from "./live-objects.ts";

/**
 * Objects with their texts as a person writes them: without the types that PostgreSQL adds to literals
 * (`'open'::text`), if the server stores the same for the text without them. The server is asked about all of them at
 * once.
 */
export async function withPlainLiterals(
  objects: readonly LiveObject[],
  operation: Operation,
): Promise<readonly LiveObject[]> {
  const texts = objects.flatMap((object, index) =>
    object.kind.adoptable.definition === undefined ? wordingsOf(object).map((wording) => ({ index, ...wording })) : [],
  );
  const isSame = await operation.questions.meanTheSame(texts);
  const changed = [...objects];
  // Later wordings win, so the one that leaves out most comes last.
  for (const [at, { index, path, sql }] of texts.entries()) {
    const object = changed[index];
    if (!isSame[at] || object === undefined) continue;
    const args = withValueAt(object.args, path, sql);
    const input = typeof valueAt(object.input, path) === "string" ? withValueAt(object.input, path, sql) : object.input;
    changed[index] = { ...object, args, input };
  }
  return changed;
}

interface Wording {
  readonly path: Path;
  readonly sql: string;
  readonly left: ReturnType<LiveObject["kind"]["texts"]>[number]["probe"];
  readonly right: Wording["left"];
}

function wordingsOf({ kind, args }: LiveObject): readonly Wording[] {
  return kind.texts(args).flatMap(({ path, sql, probe }) =>
    wordings(sql).flatMap((worded) => {
      const other = textAt(kind, withValueAt(args, path, worded), path);
      return other === undefined ? [] : [{ path, sql: worded, left: probe, right: other }];
    }),
  );
}

function textAt(kind: LiveObject["kind"], args: Properties, path: Path): Wording["left"] | undefined {
  const name = formatPath(path);
  return kind.texts(args).find((text) => formatPath(text.path) === name)?.probe;
}

/** The wordings without the type of text literals, of literals except times, and of all literals. */
function wordings(sql: string): readonly string[] {
  const tokens = tokensOf(sql);
  const casts = tokens.flatMap((token, index) => (token.kind === "string" ? castsBehind(tokens, index) : []));
  const texts = casts.filter(({ type }) => type === "text");
  const others = casts.filter(({ type }) => !/^(interval|date|time)/.test(type));
  const worded = [texts, others, casts].filter((set) => set.length > 0).map((set) => without(sql, set));
  return [...new Set(worded)];
}

interface Cast {
  readonly start: number;
  readonly end: number;
  readonly type: string;
}

/**
 * The casts after a literal: `::text`, `::public.status`, `::timestamp with time zone`. A cast to an array type or with
 * a modifier is left out.
 */
function castsBehind(tokens: readonly Token[], literal: number): readonly Cast[] {
  const [sign, first, dot, second] = [1, 2, 3, 4].map((step) => tokens[literal + step]);
  if (sign?.value !== "::" || first === undefined || (first.kind !== "word" && first.kind !== "name")) return [];
  const isQualified = dot?.value === "." && second !== undefined;
  let last = literal + (isQualified ? 4 : 2);
  for (const words of longTypes) {
    if (words.every((word, index) => tokens[literal + 2 + index]?.value === word)) last = literal + 1 + words.length;
  }
  const after = tokens[last + 1]?.value;
  // The type has a modifier, or is an array.
  if (after === "(" || after === "[") return [];
  const end = tokens[last]?.end ?? sign.end;
  return [{ start: sign.start, end, type: isQualified ? "" : first.value }];
}

const longTypes = [
  ["timestamp", "with", "time", "zone"],
  ["timestamp", "without", "time", "zone"],
  ["time", "with", "time", "zone"],
  ["time", "without", "time", "zone"],
  ["character", "varying"],
  ["double", "precision"],
  ["bit", "varying"],
];

function without(sql: string, casts: readonly Cast[]): string {
  return casts.reduceRight((text, { start, end }) => text.slice(0, start) + text.slice(end), sql);
}

function tokensOf(sql: string): readonly Token[] {
  try {
    return readTokens(sql);
  } catch (error) {
    if (error instanceof UnreadableBody) return [];
    throw error;
  }
}
