/** A token of SQL or PL/pgSQL, as in PostgreSQL's lexer, without comments and white space. */
export interface Token {
  /** A word is an unquoted name or keyword; a name is a quoted one. */
  readonly kind: "word" | "name" | "string" | "number" | "parameter" | "symbol";
  /** A word in lower case, a name without its quotes, anything else as written. */
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

/** The text can't be tokenised or parsed with certainty, so nothing is reported about it. */
export class UnreadableBody extends Error {}

/** @see https://www.postgresql.org/docs/current/sql-syntax-lexical.html */
export function readTokens(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const gap = skipGap(text, at);
    if (gap > at) {
      at = gap;
      continue;
    }
    const token = readToken(text, at);
    tokens.push(token);
    at = token.end;
  }
  return tokens;
}

const letter = "A-Za-z_\\u0080-\\u{10ffff}";
const forms: readonly (readonly [Token["kind"], RegExp])[] = [
  ["string", /[eE]'[^'\\]*(?:(?:\\[\s\S]|'')[^'\\]*)*'/uy],
  ["string", /(?:[bBxXnN]|[uU]&)?'[^']*(?:''[^']*)*'/uy],
  ["string", new RegExp(`\\$((?:[${letter}][${letter}0-9]*)?)\\$[\\s\\S]*?\\$\\1\\$`, "uy")],
  ["name", /"(?:[^"]+|"")[^"]*(?:""[^"]*)*"/uy],
  ["word", new RegExp(`[${letter}][${letter}0-9$]*`, "uy")],
  ["parameter", /\$[0-9]+/uy],
  // The two dots of 1..10 do not belong to a number.
  ["number", /(?:[0-9][0-9_]*(?:\.(?!\.)[0-9_]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?/uy],
  ["symbol", /:=|::|\.\.|[()[\],;.:]/uy],
];
const operator = /[-+*/<>=~!@#%^&|`?]+/uy;

function readToken(text: string, start: number): Token {
  for (const [kind, form] of forms) {
    form.lastIndex = start;
    const found = form.exec(text)?.[0];
    if (found === undefined) continue;
    const next = start + found.length;
    // U&"…" may contain escapes, whose meaning another clause may change.
    if (kind === "word" && /^u$/i.test(found) && text.startsWith('&"', next)) throw new UnreadableBody();
    return { kind, value: readValue(kind, found), start, end: next };
  }
  operator.lastIndex = start;
  const found = operator.exec(text)?.[0];
  if (found === undefined) throw new UnreadableBody();
  const value = cutOperator(found);
  return { kind: "symbol", value, start, end: start + value.length };
}

function readValue(kind: Token["kind"], found: string): string {
  if (kind === "word") return found.replace(/[A-Z]/g, (upper) => upper.toLowerCase());
  if (kind === "name") return found.slice(1, -1).replaceAll('""', '"');
  return found;
}

/**
 * A comment ends an operator. An operator of several characters can end with + or - only if it contains a character
 * that no standard operator has.
 */
function cutOperator(found: string): string {
  const comment = found.search(/--|\/\*/);
  let value = comment > 0 ? found.slice(0, comment) : found;
  while (value.length > 1 && /[-+]$/.test(value) && !/[~!@#%^&|`?]/.test(value)) value = value.slice(0, -1);
  return value;
}

const lineEnd = /[\r\n]/g;

function skipGap(text: string, at: number): number {
  // Only these: a no-break space is a letter to PostgreSQL.
  if (/[ \t\n\r\f\v]/.test(text.charAt(at))) return at + 1;
  if (text.startsWith("--", at)) {
    lineEnd.lastIndex = at;
    return lineEnd.exec(text)?.index ?? text.length;
  }
  return text.startsWith("/*", at) ? commentEnd(text, at) : at;
}

/** Block comments nest in PostgreSQL. */
function commentEnd(text: string, from: number): number {
  const edge = /\/\*|\*\//g;
  edge.lastIndex = from;
  let depth = 0;
  for (let found = edge.exec(text); found !== null; found = edge.exec(text)) {
    depth += found[0] === "/*" ? 1 : -1;
    if (depth === 0) return edge.lastIndex;
  }
  throw new UnreadableBody();
}
