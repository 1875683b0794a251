import type { Question } from "../../catalog/question.ts";
import { refused, variables } from "../../catalog/server-function.ts";
import { quoteLiteral } from "../../sql/quote.ts";
import type { Step } from "./plan.ts";

export interface Refusal {
  /** The index of the refused step. */
  readonly index: number;
  readonly message: string;
  readonly sqlState: string;
}

/** Asks which of these changes to a role the server would refuse. They are tried one after the other and undone. */
export function tryChanges(steps: readonly Step[]): Question<readonly Refusal[]> {
  const statements = steps.map(({ statement }) => quoteLiteral(statement));
  return {
    functions: [tryFunction],
    call: () => `pg_temp.palisade_try(array[${statements.join(", ")}]::text[])`,
    read: (canonical) => JSON.parse(canonical) as Refusal[],
  };
}

/** Variables keep their values when an exception rolls back what was tried. */
const tryFunction = `
create function pg_temp.palisade_try(statements text[]) returns json language plpgsql as $probe$
declare ${variables}; found jsonb := '[]'; number int;
begin
  for number in 1 .. cardinality(statements) loop
    begin
      execute statements[number];
    exception
      when lock_not_available or deadlock_detected then raise;
      when others then
        get stacked diagnostics message = message_text, detail = pg_exception_detail, hint = pg_exception_hint, state = returned_sqlstate;
        found := found || jsonb_build_object('index', number - 1, 'sqlState', state, 'message', concat_ws('. ', message, rtrim(nullif(detail, ''), '.'), nullif(hint, '')));
    end;
  end loop;
  raise sqlstate 'PALIS';
exception
  when sqlstate 'PALIS' then return json_build_object('ok', true, 'canonical', found::text);
  ${refused};
$probe$`;
