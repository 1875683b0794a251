import { questionsOf } from "../../sql/body/body-questions.ts";
import { readProcedure } from "../../sql/body/read-procedure.ts";
import { quoteQualified } from "../../sql/quote.ts";
import type { FunctionUse } from "../../sql/references.ts";
import { isReadOnly } from "../../sql/references.ts";
import { readSignature } from "../../sql/signature.ts";
import type { DesiredSchema, KnownFunction } from "../recursion/desired-schema.ts";
import type { ReadableBody } from "./rights-question.ts";

/**
 * The SECURITY INVOKER functions that a condition may call, directly or through others, judging by the names in their
 * texts.
 */
export function functionsLedTo(desired: DesiredSchema, condition: string): readonly KnownFunction[] {
  const found = new Map<string, KnownFunction>();
  const visit = (calls: readonly FunctionUse[], path: readonly string[] | undefined) => {
    for (const called of calls.flatMap((use) => desired.functions(use, path))) {
      if (found.has(called.signature)) continue;
      found.set(called.signature, called);
      if (!called.text.isSecurityDefiner) visit(desired.names(called).calls, called.text.searchPath);
    }
  };
  visit(desired.condition(condition).functions, undefined);
  return [...found.values()];
}

/** The parts of their bodies that the server can analyse. */
export function readableBodies(functions: readonly KnownFunction[]): ReadableBody[] {
  return functions.flatMap((found) => {
    const queries = found.text.isSecurityDefiner || found.text.isBoundWhenMade ? [] : queriesOf(found);
    if (queries.length === 0) return [];
    const { schema, name, argumentTypes } = readSignature(found.definition);
    return [{ signature: `${quoteQualified({ schema, name })}(${argumentTypes.join(", ")})`, queries }];
  });
}

function queriesOf({ text, definition }: KnownFunction): ReadableBody["queries"] {
  const { source, statements } = text;
  if (source === undefined) return [];
  // To analyse a query that writes, the server would take a write lock on the table.
  if (statements !== undefined) return isReadOnly(statements) ? [{ sql: source, variables: undefined }] : [];
  const body = readProcedure(text);
  if (body === undefined) return [];
  return questionsOf(body, readSignature(definition).name)
    .filter(({ copies }) => copies.length === 0)
    .map(({ sql, variables }) => ({ sql, variables }));
}
