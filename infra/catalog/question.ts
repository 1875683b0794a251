import type { Database, Session } from "../database/database.ts";
import { loadParser } from "../sql/parser.ts";
import { quoteLiteral } from "../sql/quote.ts";

/**
 * A question to the server. It is answered inside a transaction that is rolled back, with no lock above ACCESS SHARE on
 * existing tables. `Found` is the type of the answer.
 */
export interface Question<Found> {
  /**
   * The functions in pg_temp that its call needs, as CREATE FUNCTION statements, each after those that it needs itself.
   */
  readonly functions: readonly string[];
  /**
   * The call, as a SQL expression of type json: `{"ok": true, "canonical": text}`, or `{"ok": false, "message": text,
   * "sqlState": text}`. Called after `loadParser`.
   */
  call(): string;
  /** Interprets the text of the answer. */
  read(canonical: string): Found;
}

export type Answer<Found> = { readonly ok: true; readonly found: Found } | Refusal;

type RawAnswer = { readonly ok: true; readonly canonical: string } | Refusal;

interface Refusal {
  readonly ok: false;
  readonly message: string;
  readonly sqlState: string;
}

/**
 * Asks all questions in one round trip. A temporary function catches each question's error separately.
 * @param assumptions statements that are declared but not applied yet, which are run at the start of the transaction
 */
export async function askServer<Found>(
  database: Database,
  questions: readonly Question<Found>[],
  assumptions: readonly string[] = [],
): Promise<Answer<Found>[]> {
  if (questions.length === 0) return [];
  await loadParser();
  const answers = await database.look(async (session) => await ask(session, questions, assumptions));
  return questions.map((question, index) => {
    const answer = answers[index];
    if (answer === undefined) throw new Error("the server left a question without an answer");
    return answer.ok ? { ok: true, found: question.read(answer.canonical) } : answer;
  });
}

async function ask(
  session: Session,
  questions: readonly Question<unknown>[],
  assumptions: readonly string[],
): Promise<readonly RawAnswer[]> {
  const functions = new Set(questions.flatMap((question) => question.functions));
  const assume = assumptions.map((sql) => `select pg_temp.palisade_assume(${quoteLiteral(sql)})`);
  const asked = questions.map((question) => `select ${question.call()} as answer`);
  const statements = [...functions, ...(assume.length > 0 ? [assumeFunction, ...assume] : []), ...asked];
  const results = await session.run(statements.join(";\n"));
  return results.slice(-questions.length).map((rows) => rows[0]?.answer as RawAnswer);
}

/**
 * In contrast to a question, an assumption stays in force until the transaction ends. If its statement fails, the
 * questions that need it will show that.
 */
const assumeFunction = `
create function pg_temp.palisade_assume(statement text) returns void language plpgsql as $probe$
begin
  -- The question about a function has looked into its body; here only its name and types matter.
  perform set_config('check_function_bodies', 'off', true);
  execute statement;
exception
  when lock_not_available or deadlock_detected then raise;
  when others then null;
end
$probe$`;
