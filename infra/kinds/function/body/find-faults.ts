import { adviseOnExtensions } from "../../../lifecycle/advise-on-extensions.ts";
import type { Operation } from "../../../lifecycle/operation.ts";
import type { Body } from "../../../sql/body/body.ts";
import { type BodyQuestion, copyName, questionsOf } from "../../../sql/body/body-questions.ts";
import { readProcedure } from "../../../sql/body/read-procedure.ts";
import { type FunctionText, readFunctionText } from "../../../sql/function-text.ts";
import { orReplace } from "../../../sql/or-replace.ts";
import type { QualifiedName } from "../../../sql/quote.ts";
import { readSignature } from "../../../sql/signature.ts";
import { type BodyRefusal, questionOnBody } from "./body-question.ts";
import { functionsOf, isCertainCall, suggestName } from "./missing-function.ts";

interface Declared {
  readonly signature: string;
  /** The signature as SQL. */
  readonly quoted: string;
  readonly definition: string;
}

/**
 * Finds errors in the queries of a PL/pgSQL function, for which PostgreSQL only checks the syntax until they run. It
 * reports only what certainly fails: nothing is reported about dynamic SQL, tables that the function creates, or while
 * a pending migration is still to change tables.
 * @see https://www.postgresql.org/docs/current/plpgsql-implementation.html#PLPGSQL-PLAN-CACHING
 */
export async function findFaults(declared: Declared, operation: Operation): Promise<readonly string[]> {
  if (mayChangeTables(operation)) return [];
  const text = readFunctionText(declared.definition);
  const { name } = readSignature(declared.definition);
  const body = readProcedure(text);
  if (body === undefined) return [];
  const questions = questionsOf(body, name);
  if (questions.length === 0) return [];
  const sql = orReplace(declared.definition);
  const [answer] = await operation.questions.ask([questionOnBody(declared.quoted, sql, questions)]);
  // A migration may have been declared in the meantime.
  if (!answer?.ok || mayChangeTables(operation)) return [];
  const declaredFunctions = await functionsOf(operation);
  const faults = answer.found.flatMap((refusal) => {
    const question = questions[refusal.index];
    if (question === undefined || !isCertain(refusal, question, text, declaredFunctions)) return [];
    const message = inOwnWords(refusal, question);
    if (message.includes("palisade_copy")) return [];
    const advice = suggestName(refusal, question);
    return [
      {
        path: [],
        sqlState: refusal.sqlState,
        line: lineOf(body, question, message),
        message: advice === undefined ? message : `${message} ${advice}`,
      },
    ];
  });
  return [...(await adviseOnExtensions(faults, operation))]
    .sort((left, right) => left.line - right.line)
    .map(
      ({ line, message }) =>
        `line ${line} of the body of ${declared.signature}: ${message.replace(/\.$/, "")}; PostgreSQL finds that only when the function runs`,
    );
}

/** Whether a pending migration may change tables in ways that are not reflected in the answers. */
function mayChangeTables(operation: Operation): boolean {
  return operation.pending.mayChangeTables;
}

/**
 * undefined_table, undefined_column, undefined_object, invalid_schema_name: errors that don't depend on the type of a
 * variable.
 */
const nameStates = ["42P01", "42703", "42704", "3F000"];
/** Also undefined_function, datatype_mismatch, cannot_coerce, and mismatched numbers of columns. */
const allStates = [...nameStates, "42883", "42804", "42846", "42601"];

function isCertain(
  refusal: BodyRefusal,
  question: BodyQuestion,
  text: FunctionText,
  known: readonly QualifiedName[],
): boolean {
  const { sqlState, message } = refusal;
  if (question.fields.size > 0) {
    if (!nameStates.includes(sqlState)) return false;
    // A field is replaced by a null, which changes the name of the result's column.
    if ([...question.fields].some((field) => message.includes(field))) return false;
  }
  if (!allStates.includes(sqlState)) return false;
  // A function of the table's row type can be called like a column, but does not exist for the copy's row type.
  if (sqlState === "42703" && question.written.length > 0 && known.some(({ name }) => name === namedIn(message)))
    return false;
  // A trigger may name its transition tables, which are tables to the function.
  if (text.resultType === "trigger" && question.unqualified.size > 0 && sqlState !== "3F000") return false;
  if (sqlState !== "42883" && sqlState !== "3F000") return true;
  return refusal.calls.every((call, index) => isCertainCall(call, question.calls[index], known));
}

/**
 * Drops any other message that names a copy: it is about the copy's type, or a constraint, which the copy does not
 * have.
 */
function inOwnWords({ message, sqlState }: BodyRefusal, { written, variables }: BodyQuestion): string {
  const qualifier = sqlState === "42P01" ? /"([^"]+)"$/.exec(message)?.[1] : undefined;
  if (qualifier !== undefined && variables.has(qualifier)) return `variable "${qualifier}" has no such field`;
  if (sqlState !== "42703") return message;
  return written.reduce((words, name, index) => words.replaceAll(copyName(index), name), message);
}

/**
 * The line with the name that the message starts with, or else the query's first line. Lines are counted as in
 * PL/pgSQL's errors.
 */
function lineOf({ text, tokens }: Body, { query }: BodyQuestion, message: string): number {
  const name = namedIn(message);
  const inside = tokens.slice(query.from, query.to);
  const token = inside.find(({ value }) => value === name) ?? inside[0];
  return text.slice(0, token?.start).split("\n").length;
}

/**
 * The last part of the name that the message starts with: `column m.title`, `column "title" of relation …`, `function
 * auth.user_id()`.
 */
function namedIn(message: string): string | undefined {
  const named = /^\S+ (?:"([^"]+)"|([^\s("]+))/.exec(message);
  return (named?.[1] ?? named?.[2])?.split(".").at(-1);
}
