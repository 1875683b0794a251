/**
 * Turns CREATE FUNCTION into CREATE OR REPLACE FUNCTION, so that a function is changed in place and its dependents
 * stay. The text has been parsed, so its first word is CREATE. White space and comments around it are skipped as in
 * PostgreSQL's lexer.
 */
export function orReplace(definition: string): string {
  const create = skipSpace(definition, 0);
  const next = skipSpace(definition, create + "create".length);
  if (definition.slice(next, next + 2).toLowerCase() === "or") return definition;
  return `${definition.slice(0, next)}or replace ${definition.slice(next)}`;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  for (;;) {
    if (/\s/.test(text.charAt(at))) at++;
    else if (text.startsWith("--", at)) at = lineEnd(text, at);
    else if (text.startsWith("/*", at)) at = commentEnd(text, at);
    else return at;
  }
}

function lineEnd(text: string, from: number): number {
  const end = text.slice(from).search(/[\r\n]/);
  return end < 0 ? text.length : from + end;
}

/** Block comments nest in PostgreSQL. */
function commentEnd(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    if (text.startsWith("/*", at)) {
      depth++;
      at++;
    } else if (text.startsWith("*/", at)) {
      depth--;
      at++;
      if (depth === 0) return at + 1;
    }
  }
  return text.length;
}
