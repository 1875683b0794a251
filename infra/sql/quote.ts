import { InputError } from "../errors/errors.ts";
import { isPulumiMark } from "../values/pulumi-marks.ts";

/** A name as SQL: `"tasks"`. Always quoted, so that no name is ever taken for a keyword or folded to lower case. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A string as SQL: `'it''s'`; relies on `standard_conforming_strings`, which every session of ours switches on. */
export function quoteLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** `PUBLIC` is a keyword and no role; every other role is a name. */
export function quoteRole(role: string): string {
  return role === "public" ? "public" : quoteIdentifier(role);
}

/** A schema and a name in it, as two values: never one string with a dot, which a name may hold itself. */
export interface QualifiedName {
  readonly schema: string;
  readonly name: string;
}

export function quoteQualified({ schema, name }: QualifiedName): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
}

/** The shortest text that `parseQualified` reads back: `public.tasks`, `public."Task.old"`. Identities and errors show it. */
export function formatQualified({ schema, name }: QualifiedName): string {
  return `${formatPart(schema)}.${formatPart(name)}`;
}

/**
 * Reads `tasks`, `public.tasks` or `public."My table"`, by PostgreSQL's rules (unquoted names fold to lower case).
 * @param word what it names, for the error
 * @throws {InputError} when the text is no one name of at most two parts
 */
export function parseQualified(text: string, word = "table"): QualifiedName {
  const parts: string[] = [];
  const part = /\s*(?:"((?:[^"]|"")+)"|([\p{L}_][\p{L}\p{N}_$]*))\s*(\.|$)/uy;
  let ended = false;
  while (!ended) {
    const match = part.exec(text);
    if (!match)
      throw new InputError(
        `"${text}" is no ${word} name; write schema.${word}, and quote a part that is no plain word`,
      );
    parts.push(match[1] !== undefined ? match[1].replaceAll('""', '"') : foldCase(match[2] ?? ""));
    ended = match[3] === "";
  }
  const [first = "", second] = parts;
  if (parts.length > 2)
    throw new InputError(
      `"${text}" has more than a schema and a name; write schema.${word}, and quote a part that holds a dot`,
    );
  return second === undefined ? { schema: "public", name: first } : { schema: first, name: second };
}

/** Why the text names no table, or whatever else `word` calls it; or undefined. */
export function qualifiedNameProblem(text: string, word?: string): string | undefined {
  try {
    const { schema, name } = parseQualified(text, word);
    return nameProblem(schema) ?? nameProblem(name);
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
}

/** Why PostgreSQL can't hold the text, or undefined. */
export function textProblem(text: string): string | undefined {
  if (text.includes("\0")) return "it holds a NUL character, which PostgreSQL keeps in no text";
  // On its way to the database it would turn into another character.
  if (!text.isWellFormed()) return "it is not valid Unicode: it holds half of a surrogate pair";
  return undefined;
}

/** PostgreSQL cuts longer names off without a word (NAMEDATALEN - 1), so they are refused instead. */
export const longestName = 63;

export function nameProblem(name: string): string | undefined {
  if (name.length === 0) return "a name can't be empty";
  if (name === "__proto__") return "JavaScript keeps the name __proto__ for itself";
  if (isPulumiMark(name)) return `Pulumi keeps the name ${name} for itself`;
  if (name.includes("\0")) return "a name can't hold a NUL character";
  if (!name.isWellFormed()) return "the name is not valid Unicode";
  const bytes = Buffer.byteLength(name);
  return bytes > longestName
    ? `the name has ${bytes} bytes; PostgreSQL keeps ${longestName} and cuts off the rest`
    : undefined;
}

function formatPart(name: string): string {
  return /^[a-z_][a-z0-9_$]*$/.test(name) ? name : quoteIdentifier(name);
}

function foldCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
