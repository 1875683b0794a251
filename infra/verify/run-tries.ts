import type { Session } from "../database/database.ts";
import { quoteIdentifier, quoteLiteral } from "../sql/quote.ts";

/** A statement that is tried as somebody, and what to report about it. */
export interface Statement {
  /** The request's settings by name, such as `request.jwt.claims`. */
  readonly settings: Readonly<Record<string, string>>;
  readonly role: string;
  /** A statement that runs first, without regard to policies. */
  readonly before?: string;
  /**
   * Whether to discard the session's cached plans first, as a new connection would have none: a function's names are
   * resolved when it is first planned, with the rights of the role that it runs for at that time.
   */
  readonly isFresh?: true;
  readonly sql: string;
  /** Whether the statement returns one text, which is the answer. Otherwise, the answer is the number of rows. */
  readonly answers?: boolean;
  /**
   * The same change without reading the row: a query that finds it, and a statement with `where current of
   * palisade_row`. It is tried if the first statement reaches nothing, because a statement that reads no column is not
   * subject to policies for SELECT.
   */
  readonly blind?: { readonly row: string; readonly sql: string };
  /** A query for one text that runs after the statement, without regard to policies, if the statement reached a row. */
  readonly watch?: string;
  /** Whether `watch` runs even if no row was reached. */
  readonly watchesAlways?: true;
}

/** The result of a statement. */
export interface Answer {
  /** The number of rows reached; undefined if it was refused. */
  readonly rows?: number;
  readonly text?: string;
  readonly isBlind?: true;
  /** The result of `watch`. */
  readonly watched?: string;
  /** Whether `before` failed, so that the statement did not run. */
  readonly isUnprepared?: true;
  readonly code?: string;
  readonly message?: string;
  readonly constraint?: string;
}

/**
 * The number of statements in a round trip: enough that latency does not matter, few enough for one statement time-out.
 */
const batch = 400;

/**
 * Tries statements one by one, each in a subtransaction that is undone. Only the statements run with the lesser role;
 * their results are kept in PL/pgSQL variables, which survive the subtransaction's rollback.
 */
export async function runTries(session: Session, statements: readonly Statement[]): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  while (answers.length < statements.length) {
    const script = tryAll(statements.slice(answers.length, answers.length + batch));
    const results = await session.run(script);
    const [row] = results.at(-1) ?? [];
    const told = JSON.parse(String(row?.answers)) as Answer[];
    // Earlier statements may have used up its time, so it is tried again as the first of the next batch.
    if (told.length > 1 && told.at(-1)?.code === timedOut) told.pop();
    answers.push(...told);
  }
  return answers;
}

/** The time limit of a batch, in milliseconds. A statement that exceeds it by itself counts as not tried. */
const longest = 10_000;

/** `query_canceled` */
export const timedOut = "57014";

/** The error code with which a successful try undoes itself. */
const undone = "PLUND";

function tryAll(statements: readonly Statement[]): string {
  // Roles and settings that many statements share are sent once.
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

/** The statement for a person to paste into psql. */
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
