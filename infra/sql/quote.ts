import { InputError } from "../errors/errors.ts";
import { isPulumiMark } from "../values/pulumi-marks.ts";

/** A name in SQL: `"tasks"`. Always quoted, so that no name is ever taken for a keyword or folded to lower case. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A string in SQL: `'it''s'`. Relies on `standard_conforming_strings`, which is on in all of our sessions. */
export function quoteLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** `PUBLIC` is a keyword and not a role; every other role is a name. */
export function quoteRole(role: string): string {
  return role === "public" ? "public" : quoteIdentifier(role);
}

/** A schema and a name as two values, instead of one string with a dot, which a name may contain. */
export interface QualifiedName {
  readonly schema: string;
  readonly name: string;
}

export function quoteQualified({ schema, name }: QualifiedName): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
}

/**
 * The shortest text that `parseQualified` can parse: `public.tasks`, `public."Task.old"`. Used for ids and in errors.
 */
export function formatQualified({ schema, name }: QualifiedName): string {
  return `${formatPart(schema)}.${formatPart(name)}`;
}

/**
 * Parses `tasks`, `public.tasks` or `public."My table"` by PostgreSQL's rules (unquoted names fold to lower case).
 * @param word what it names, for the error
 * @throws {InputError} if the text is not a single name with at most two parts
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

/** Why the text does not name a table, or whatever else `word` says; undefined if it does. */
export function qualifiedNameProblem(text: string, word?: string): string | undefined {
  try {
    const { schema, name } = parseQualified(text, word);
    return nameProblem(schema) ?? nameProblem(name);
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
}

/** Why PostgreSQL can't store the text; undefined if it can. */
export function textProblem(text: string): string | undefined {
  if (text.includes("\0")) return "it holds a NUL character, which PostgreSQL keeps in no text";
  // It would be sent to the database as another character.
  if (!text.isWellFormed()) return "it is not valid Unicode: it holds half of a surrogate pair";
  return undefined;
}

/** PostgreSQL silently truncates longer names (NAMEDATALEN - 1), so they are refused. */
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
