/**
 * What the functions of questions have in common. What a question tries is undone before it answers: by raising PALIS, because a thousand
 * views made and dropped one by one would slow each other down, and rolled-back ones don't.
 */

/** Called where what was tried fails: the server's own words become the answer, except where trying again may go well. */
export const refused = `
  when lock_not_available or deadlock_detected then raise;
  when others then
    get stacked diagnostics message = message_text, detail = pg_exception_detail, hint = pg_exception_hint, state = returned_sqlstate;
    return json_build_object('ok', false, 'sqlState', state, 'message', concat_ws(case when detail like '%.' then ' ' else '. ' end, concat_ws('. ', message, nullif(detail, '')), nullif(hint, '')));
  end`;

/** Called where it went well: undoes it and gives the canonical form. */
export const answered = `
  raise sqlstate 'PALIS';
exception
  when sqlstate 'PALIS' then return json_build_object('ok', true, 'canonical', printed);`;

export const variables = "message text; detail text; hint text; state text";
