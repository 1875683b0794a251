/**
 * What the functions of questions have in common. A question undoes what it tries before it answers, by raising PALIS:
 * a thousand views that are created and dropped one by one would slow each other down; rolled-back ones don't.
 */

/** Handles a failed try: the server's message becomes the answer, except for errors after which a retry may succeed. */
export const refused = `
  when lock_not_available or deadlock_detected then raise;
  when others then
    get stacked diagnostics message = message_text, detail = pg_exception_detail, hint = pg_exception_hint, state = returned_sqlstate;
    return json_build_object('ok', false, 'sqlState', state, 'message', concat_ws(case when detail like '%.' then ' ' else '. ' end, concat_ws('. ', message, nullif(detail, '')), nullif(hint, '')));
  end`;

/** Handles a successful try: undoes it and returns the canonical form. */
export const answered = `
  raise sqlstate 'PALIS';
exception
  when sqlstate 'PALIS' then return json_build_object('ok', true, 'canonical', printed);`;

export const variables = "message text; detail text; hint text; state text";
