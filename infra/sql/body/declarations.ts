import { UnreadableBody } from "../tokens.ts";
import type { Query } from "./body.ts";
import { type Cursor, is, type Span } from "./cursor.ts";
import { type Scope, untyped, type Variable } from "./scope.ts";

interface Declaration {
  readonly name: string;
  readonly variable: Variable;
  readonly queries: readonly Query[];
  /** The types in it, as written. */
  readonly types: readonly Span[];
}

/**
 * One declaration of a DECLARE section.
 * @see https://www.postgresql.org/docs/current/plpgsql-declarations.html
 */
export function readDeclaration(cursor: Cursor, text: string, scope: Scope): Declaration {
  const name = cursor.name();
  if (cursor.take("alias", "for")) {
    const of = cursor.next();
    cursor.expect(";");
    const variable: Variable | undefined =
      of.kind === "parameter" ? { parameter: Number(of.value.slice(1)) } : scope.find(of.value);
    return { name, variable: variable ?? untyped, queries: [], types: [] };
  }
  const isCursor = cursor.ahead(() => {
    cursor.take("no");
    cursor.take("scroll");
    return cursor.sees("cursor");
  });
  if (isCursor) return readCursor(cursor, text, name, scope);
  cursor.take("constant");
  const type = cursor.until(...typeEnds);
  const variable = variableOf(cursor, text, type, scope);
  cursor.until(...typeEnds.filter((end) => end !== "collate" && end !== "not"));
  const queries: Query[] = [];
  if (!cursor.sees(";")) {
    cursor.next();
    queries.push({ ...cursor.until(";"), form: "expression", scope });
  }
  cursor.expect(";");
  return { name, variable, queries, types: [type] };
}

const typeEnds = [";", ":=", "=", "default", "not", "collate"];

function readCursor(cursor: Cursor, text: string, name: string, outer: Scope): Declaration {
  cursor.until("cursor");
  cursor.expect("cursor");
  let scope = outer;
  const types: Span[] = [];
  if (cursor.take("(")) {
    do {
      const parameter = cursor.name();
      const type = cursor.until(",", ")");
      types.push(type);
      scope = scope.with(parameter, variableOf(cursor, text, type, outer));
    } while (cursor.take(","));
    cursor.expect(")");
  }
  if (!cursor.take("for") && !cursor.take("is")) throw new UnreadableBody();
  const queries: Query[] = [{ ...cursor.until(";"), form: "query", scope }];
  cursor.expect(";");
  return { name, variable: { type: "refcursor" }, queries, types };
}

/** The server resolves %TYPE and %ROWTYPE, except those of variables, which it does not know. */
function variableOf({ tokens }: Cursor, text: string, { from, to }: Span, scope: Scope): Variable {
  const [first, second] = tokens.slice(from, to);
  if (first === undefined) throw new UnreadableBody();
  const copied = tokens.slice(from, to).findIndex((token) => is(token, "%"));
  if (copied < 0) {
    const isRecord = is(first, "record") && to === from + 1;
    return isRecord ? untyped : { type: slice(text, tokens[from], tokens[to - 1]) };
  }
  const kind = tokens[from + copied + 1];
  // An array of a copied type can't be the type of a function's argument.
  if (to > from + copied + 2) return untyped;
  if (is(kind, "rowtype")) return { type: slice(text, first, tokens[from + copied - 1]) };
  if (copied === 1 && is(second, "%")) return scope.find(first.value) ?? untyped;
  return scope.find(first.value) === undefined ? { type: slice(text, first, kind) } : untyped;
}

function slice(text: string, first: { start: number } | undefined, last: { end: number } | undefined): string {
  return text.slice(first?.start, last?.end);
}
