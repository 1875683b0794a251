import type { FunctionText } from "../function-text.ts";
import { UnreadableBody } from "../tokens.ts";
import type { Body } from "./body.ts";
import { readBody } from "./read-body.ts";
import { eventTriggerVariables, triggerVariables, type Variable } from "./scope.ts";

/** The body of a PL/pgSQL function; undefined if it is in another language or can't be parsed with certainty. */
export function readProcedure(text: FunctionText): Body | undefined {
  if (text.language.toLowerCase() !== "plpgsql" || text.source === undefined) return undefined;
  const parameters = text.parameterNames.map((name, index): [string, Variable] => [name, { parameter: index + 1 }]);
  const special =
    text.resultType === "trigger" ? triggerVariables : text.resultType === "event_trigger" ? eventTriggerVariables : [];
  try {
    return readBody(text.source, [...parameters.filter(([name]) => name !== ""), ...special]);
  } catch (error) {
    if (error instanceof UnreadableBody) return undefined;
    throw error;
  }
}
