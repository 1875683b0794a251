import type { Session } from "../database/database.ts";
import { quoteIdentifier, quoteLiteral } from "../sql/quote.ts";

/** One statement that somebody tries, and what of it is asked. */
export interface Statement {
  /** Settings of the request, such as `request.jwt.claims`, by name. */
  readonly settings: Readonly<Record<string, string>>;
  readonly role: string;
  /** Run before it, past all policies. */
  readonly before?: string;
  /**
   * Whether the session forgets its plans first, as if it were a new connection: what a function may name is looked up when it is first
   * planned, with the rights of whoever it runs for then.
   */
  readonly isFresh?: true;
  readonly sql: string;
  /** Whether the statement answers with one text, which is wanted; otherwise the number of its rows is. */
  readonly answers?: boolean;
  /**
   * The same done to a row without reading it: a query for the row, and a statement on `current of palisade_row`. It is tried where the first
   * one reaches nothing: who names no column is asked by no policy for select.
   */
  readonly blind?: { readonly row: string; readonly sql: string };
  /** A query for one text that is asked after the statement, past all policies, if it reached a row. */
  readonly watch?: string;
  /** Whether `watch` is asked whatever the statement reached. */
  readonly watchesAlways?: true;
}

/** What became of it. */
export interface Answer {
  /** The rows that it reached; undefined where it was refused. */
  readonly rows?: number;
  readonly text?: string;
  readonly isBlind?: true;
  /** What `watch` said afterwards. */
  readonly watched?: string;
  /** Whether `before` failed, so that the statement itself was not run. */
  readonly isUnprepared?: true;
  readonly code?: string;
  readonly message?: string;
  readonly constraint?: string;
}

/** How many statements one round trip tries: enough that a slow line does not matter, few enough for one statement time-out. */
const batch = 400;

/**
 * Tries statements one after the other, each in a subtransaction that is undone. Only SQL is run in a role of less rights; what it did is told
 * by PL/pgSQL's own variables, which outlive the subtransaction.
 */
export async function runTries(session: Session, statements: readonly Statement[]): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  while (answers.length < statements.length) {
    const script = tryAll(statements.slice(answers.length, answers.length + batch));
    const results = await session.run(script);
    const [row] = results.at(-1) ?? [];
    const told = JSON.parse(String(row?.answers)) as Answer[];
    // Others may have taken its time: then it is the first of the next batch.
    if (told.length > 1 && told.at(-1)?.code === timedOut) told.pop();
    answers.push(...told);
  }
  return answers;
}

/** How long a batch may take, in milliseconds: what takes longer by itself is not tried. */
const longest = 10_000;

/** `query_canceled` */
export const timedOut = "57014";

/** The code with which a try ends itself once it has succeeded. */
const undone = "PLUND";

function tryAll(statements: readonly Statement[]): string {
  // What many have in common is sent once.
  const askers = new Map<string, number>();
  const watches = new Map<string, number>();
  const tries = statements.map(({ settings, role, watch, ...rest }) => ({
    ...{ asker: numberOf(JSON.stringify({ role, settings }), askers), ...rest },
    ...(watch === undefined ? {} : { watch: numberOf(watch, watches) }),
  }));
  const body = `
declare
  askers jsonb := ${quoteLiteral(`[${[...askers.keys()].join(",")}]`)};
  watches jsonb := ${quoteLiteral(JSON.stringify([...watches.keys()]))};
  tries jsonb := ${quoteLiteral(JSON.stringify(tries))};
  answers text[] := '{}';
  one jsonb;
  answer jsonb;
  asker jsonb;
  setting record;
  statement text;
  said text;
  reached bigint;
  is_prepared boolean;
  attempt int;
  palisade_row refcursor := 'palisade_row';
  failed_code text;
  failed_message text;
  failed_constraint text;
begin
  for one in select value from jsonb_array_elements(tries) loop
    asker := askers -> (one ->> 'asker')::int;
    for attempt in 1 .. case when one ? 'blind' then 2 else 1 end loop
      answer := '{}';
      failed_code := null;
      if one ? 'isFresh' and attempt = 1 then
        execute 'discard plans';
      end if;
      statement := case attempt when 1 then one ->> 'sql' else one #>> '{blind,sql}' end;
      begin
        is_prepared := false;
        if one ? 'before' then
          execute one ->> 'before';
        end if;
        is_prepared := true;
        if attempt = 2 then
          open palisade_row for execute one #>> '{blind,row}';
          move palisade_row;
        end if;
        for setting in select * from jsonb_each_text(asker -> 'settings') loop
          perform set_config(setting.key, setting.value, true);
        end loop;
        perform set_config('role', asker ->> 'role', true);
        if (one ->> 'answers')::boolean then
          execute statement into said;
          answer := answer || jsonb_build_object('text', said, 'rows', 1);
        else
          execute statement;
          get diagnostics reached = row_count;
          answer := answer || jsonb_build_object('rows', reached);
          set constraints all immediate;
        end if;
        if one ? 'watch' and (reached > 0 or one ? 'watchesAlways') then
          perform set_config('role', 'none', true);
          execute watches ->> (one ->> 'watch')::int into said;
          answer := answer || jsonb_build_object('watched', said);
        end if;
        raise exception using errcode = ${quoteLiteral(undone)};
      exception when others or query_canceled then
        get stacked diagnostics failed_code = returned_sqlstate, failed_message = message_text, failed_constraint = constraint_name;
        if failed_code <> ${quoteLiteral(undone)} then
          answer := jsonb_strip_nulls(jsonb_build_object('code', failed_code, 'message', failed_message, 'constraint', nullif(failed_constraint, ''), 'isUnprepared', case when not is_prepared then true end));
        end if;
      end;
      if attempt = 1 or (answer ->> 'rows')::bigint > 0 then
        answers[coalesce(array_length(answers, 1), 0) + 2 - attempt] := (answer || case attempt when 2 then '{"isBlind": true}' else '{}' end::jsonb)::text;
      end if;
      exit when (answer ->> 'rows')::bigint > 0 or failed_code not in ('42501', ${quoteLiteral(undone)});
    end loop;
    -- A time-out is for the whole batch, and after it there is none: what is left is for the next.
    exit when failed_code = ${quoteLiteral(timedOut)};
  end loop;
  perform set_config('palisade.answers', '[' || array_to_string(answers, ',') || ']', true);
end`;
  return `set local statement_timeout = ${longest}; do ${quoteLiteral(body)}; select current_setting('palisade.answers') as answers`;
}

function numberOf(text: string, numbers: Map<string, number>): number {
  const number = numbers.get(text) ?? numbers.size;
  numbers.set(text, number);
  return number;
}

/** The same statement for a person to paste into psql. */
export function describeStatement(
  { settings, role, before, sql, blind }: Statement,
  rowsFile: string | undefined,
  isBlind = false,
): string {
  return [
    "begin;",
    ...(rowsFile === undefined ? [] : [`\\i ${quoteLiteral(rowsFile)}`]),
    ...(before === undefined ? [] : [`${before};`]),
    ...(isBlind && blind !== undefined ? [`declare palisade_row cursor for ${blind.row};`, "move palisade_row;"] : []),
    ...Object.entries(settings).map(
      ([name, value]) => `select set_config(${quoteLiteral(name)}, ${quoteLiteral(value)}, true);`,
    ),
    `set local role ${quoteIdentifier(role)};`,
    `${sql};`,
    "rollback;",
  ].join("\n");
}
