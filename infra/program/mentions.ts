import { quoteIdentifier } from "../sql/quote.ts";
import { readTokens, type Token, UnreadableBody } from "../sql/tokens.ts";

/** The names in a SQL text or a function's body. It may list more than the text uses, never fewer. */
export interface Mentions {
  /** Each name, whatever it refers to. Unquoted names are in lower case, as PostgreSQL folds them. */
  readonly names: ReadonlySet<string>;
  /** The names before a dot. */
  readonly qualifiers: ReadonlySet<string>;
  /** The names before a parenthesis, qualified or not: `qualified("private", "is_member")`. */
  readonly calls: ReadonlySet<string>;
  /** The contents of strings. */
  readonly strings: ReadonlySet<string>;
}

/** A name and its qualifier, as one text. */
export function qualified(schema: string | undefined, name: string): string {
  return JSON.stringify(schema === undefined ? [name] : [schema, name]);
}

/** Also searches strings, which may be bodies, statements for EXECUTE, or names in a search_path. */
export function mentionsIn(...texts: readonly string[]): Mentions {
  const found = {
    names: new Set<string>(),
    qualifiers: new Set<string>(),
    calls: new Set<string>(),
    strings: new Set<string>(),
  };
  const seen = new Set<string>();
  const look = (text: string): void => {
    if (seen.has(text)) return;
    seen.add(text);
    const tokens = tokensOf(text);
    for (const [index, token] of tokens.entries()) {
      if (token.kind === "string") {
        const content = contentOf(token.value);
        found.strings.add(content);
        look(content);
      }
      if (!isName(token)) continue;
      found.names.add(token.value);
      const next = tokens[index + 1]?.value;
      if (next === ".") found.qualifiers.add(token.value);
      if (next !== "(") continue;
      const [schema, dot] = [tokens[index - 2], tokens[index - 1]];
      const isQualified = dot?.value === "." && schema !== undefined && isName(schema);
      found.calls.add(qualified(isQualified ? schema.value : undefined, token.value));
    }
  };
  for (const text of texts) look(text);
  return found;
}

/** What a CREATE FUNCTION or CREATE PROCEDURE statement needs. */
export interface DefinitionParts {
  readonly schema: string | undefined;
  readonly name: string;
  /** What has to exist when it is created. */
  readonly needed: readonly string[];
  /** What has to exist only when it runs: the names in a body that PostgreSQL does not parse at creation. */
  readonly later: readonly string[];
}

/** Undefined if the text creates no function. */
export function readDefinition(definition: string): DefinitionParts | undefined {
  const tokens = tokensOf(definition);
  const create = tokens.findIndex(({ value }) => value === "function" || value === "procedure");
  const [first, dot, second] = tokens.slice(create + 1);
  if (create < 1 || first === undefined || !isName(first)) return undefined;
  const isQualified = dot?.value === "." && second !== undefined && isName(second);
  const last = isQualified ? second : first;
  const rest = tokens.filter(({ start }) => start >= last.end);
  const language = rest
    .find((_, index) => rest[index - 1]?.value === "language")
    ?.value.replaceAll("'", "")
    .toLowerCase();
  const body = rest.find(({ kind }, index) => kind === "string" && rest[index - 1]?.value === "as");
  const schema = isQualified ? first.value : undefined;
  const prefix = schema === undefined ? [] : [`${quoteIdentifier(schema)}.`];
  if (body === undefined || language === "sql") {
    return { schema, name: last.value, needed: [...prefix, definition.slice(last.end)], later: [] };
  }
  const head = `${definition.slice(last.end, body.start)} ${definition.slice(body.end)}`;
  return { schema, name: last.value, needed: [...prefix, head], later: [contentOf(body.value)] };
}

/** The objects that a script creates and that a resource may have to wait for. */
export interface Created {
  readonly schemas: ReadonlySet<string>;
  /** As `qualified` writes them. */
  readonly functions: ReadonlySet<string>;
  readonly roles: ReadonlySet<string>;
  readonly extensions: ReadonlySet<string>;
  /** The strings in each statement that inserts buckets: their names are among them. */
  readonly buckets: ReadonlySet<string>;
}

export function createdIn(script: string): Created {
  const tokens = tokensOf(script);
  const schemas = new Set<string>();
  const functions = new Set<string>();
  const roles = new Set<string>();
  const extensions = new Set<string>();
  for (const [index, { value, kind }] of tokens.entries()) {
    if (kind !== "word" || value !== "create") continue;
    let at = index + 1;
    if (tokens[at]?.value === "or") at += 2;
    const what = tokens[at]?.value;
    at += 1;
    if (tokens[at]?.value === "if") at += 3;
    const [first, dot, second] = tokens.slice(at, at + 3);
    if (first === undefined || !isName(first)) continue;
    if (what === "role" || what === "user") roles.add(first.value);
    if (what === "schema") schemas.add(first.value);
    if (what === "extension") extensions.add(first.value);
    if (what === "function" || what === "procedure") {
      functions.add(qualified(undefined, dot?.value === "." ? (second?.value ?? "") : first.value));
      if (dot?.value === "." && second !== undefined) functions.add(qualified(first.value, second.value));
    }
  }
  return { schemas, functions, roles, extensions, buckets: bucketsIn(tokens) };
}

function bucketsIn(tokens: readonly Token[]): ReadonlySet<string> {
  const buckets = new Set<string>();
  const opening = ["insert", "into", "storage", ".", "buckets"];
  for (const start of tokens.keys()) {
    if (!opening.every((word, index) => tokens[start + index]?.value === word)) continue;
    const rest = tokens.slice(start + opening.length);
    const end = rest.findIndex(({ value }) => value === ";");
    for (const { kind, value } of end < 0 ? rest : rest.slice(0, end)) {
      if (kind === "string") buckets.add(contentOf(value));
    }
  }
  return buckets;
}

function isName({ kind }: Token): boolean {
  return kind === "word" || kind === "name";
}

/** For a text that can't be parsed with certainty: everything that looks like a name. */
function tokensOf(text: string): readonly Token[] {
  try {
    return readTokens(text);
  } catch (error) {
    if (!(error instanceof UnreadableBody)) throw error;
    return Array.from(text.matchAll(/"((?:[^"]|"")+)"|([\p{L}_][\p{L}\p{N}_$]*)|[.(]/gu), (match): Token => {
      const [whole, name, word] = match;
      const kind = name !== undefined ? "name" : word !== undefined ? "word" : "symbol";
      const value = name?.replaceAll('""', '"') ?? word?.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) ?? whole;
      return { kind, value, start: match.index, end: match.index + whole.length };
    });
  }
}

function contentOf(literal: string): string {
  if (literal.startsWith("$")) {
    const tag = /^\$[^$]*\$/.exec(literal)?.[0] ?? "";
    return literal.slice(tag.length, -tag.length);
  }
  return literal.slice(literal.indexOf("'") + 1, -1).replaceAll("''", "'");
}
