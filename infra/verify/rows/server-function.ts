/**
 * Functions that carry out a plan on the server, so that it takes one round trip for any number of rows and refusals:
 * each attempt is a subtransaction. Attempts to be undone end with an error of our own, `PALIS`.
 *
 * `made` is passed by assignment, which does not copy the array; passing it as a query's parameter would.
 */
export const makeRowsFunctions = [
  // A value as SQL and as text; null if it needs a row that does not exist.
  `create function pg_temp.palisade_value(value jsonb, made jsonb[]) returns jsonb language plpgsql as $value$
declare
  part jsonb;
  joined text := '';
begin
  case jsonb_typeof(value)
    when 'null' then return '{"sql": "null", "text": null}';
    when 'string' then return jsonb_build_object('sql', quote_literal(value #>> '{}'), 'text', value);
    else null;
  end case;
  if value ? 'sql' then return value; end if;
  if value ? 'row' then
    part := made[(value ->> 'row')::int + 1];
    if part is null then return null; end if;
    return jsonb_build_object('sql', quote_nullable(part ->> (value ->> 'column')), 'text', part -> (value ->> 'column'));
  end if;
  for at in 0 .. jsonb_array_length(value -> 'join') - 1 loop
    part := pg_temp.palisade_value(value -> 'join' -> at, made);
    if part is null then return null; end if;
    joined := joined || coalesce(part ->> 'text', '');
  end loop;
  return jsonb_build_object('sql', quote_literal(joined), 'text', joined);
end
$value$`,

  // The column names and values for INSERT, the assignments for UPDATE, and the values as text.
  `create function pg_temp.palisade_written(attempt jsonb, made jsonb[]) returns jsonb language plpgsql as $written$
declare
  one record;
  found_value jsonb;
  names text := '';
  vals text := '';
  sets text := '';
  texts jsonb := '{}';
begin
  for one in select * from jsonb_each(attempt) loop
    found_value := pg_temp.palisade_value(one.value, made);
    if found_value is null then
      return jsonb_build_object('missing', coalesce(one.value -> 'row', jsonb_path_query_first(one.value, '$.join[*].row')));
    end if;
    names := names || format(', %I', one.key);
    vals := vals || ', ' || (found_value ->> 'sql');
    sets := sets || format(', %I = %s', one.key, found_value ->> 'sql');
    texts := texts || jsonb_build_object(one.key, found_value -> 'text');
  end loop;
  return jsonb_build_object('names', substr(names, 3), 'vals', substr(vals, 3), 'sets', substr(sets, 3), 'texts', texts);
end
$written$`,

  // The condition that identifies a stored row.
  `create function pg_temp.palisade_place(target jsonb, stored jsonb) returns text language sql as $place$
  select string_agg(format('%I = %L', name, stored ->> name), ' and ') from jsonb_array_elements_text(target -> 'key') as name
$place$`,

  // The statement that inserts a stored row again.
  `create function pg_temp.palisade_again(target jsonb, stored jsonb) returns text language sql as $again$
  select format('insert into %s (%s) overriding system value values (%s) returning %s', target ->> 'name',
    string_agg(quote_ident(name), ', '), string_agg(quote_nullable(stored ->> name), ', '), target ->> 'returning')
  from jsonb_array_elements_text(target -> 'columns') as name
$again$`,

  // Tries to insert a row. Returns the stored row, or the error.
  `create function pg_temp.palisade_insert(target jsonb, written jsonb, is_draft boolean) returns jsonb language plpgsql as $insert$
declare
  stored jsonb;
  said text;
  named text;
begin
  begin
    if written ->> 'names' = '' then
      execute format('insert into %s default values returning %s', target ->> 'name', target ->> 'returning') into stored;
    else
      execute format('insert into %s (%s) overriding system value values (%s) returning %s',
        target ->> 'name', written ->> 'names', written ->> 'vals', target ->> 'returning') into stored;
    end if;
    if is_draft and stored is not null then raise exception sqlstate 'PALIS'; end if;
  exception
    when lock_not_available or deadlock_detected or serialization_failure then raise;
    when others then
      if sqlstate <> 'PALIS' then
        get stacked diagnostics said = message_text, named = constraint_name;
        return jsonb_build_object('error', jsonb_build_object('message', said, 'sqlState', sqlstate, 'constraint', nullif(named, '')));
      end if;
  end;
  if stored is null then
    return '{"error": {"message": "a trigger of the table keeps the row out, without an error", "sqlState": "00000"}}';
  end if;
  return jsonb_build_object('stored', stored);
end
$insert$`,

  // Tries to change a row, or one like it. Returns an empty object, or the error.
  `create function pg_temp.palisade_change(target jsonb, sets text, place text, draft jsonb) returns jsonb language plpgsql as $change$
declare
  stored jsonb;
  changed bigint;
  said text;
  named text;
begin
  begin
    if draft is not null then
      execute pg_temp.palisade_again(target, draft) into stored;
      place := pg_temp.palisade_place(target, stored);
    end if;
    execute format('update %s set %s where %s', target ->> 'only', sets, place);
    get diagnostics changed = row_count;
    raise exception sqlstate 'PALIS';
  exception
    when lock_not_available or deadlock_detected or serialization_failure then raise;
    when others then
      if sqlstate <> 'PALIS' then
        get stacked diagnostics said = message_text, named = constraint_name;
        return jsonb_build_object('message', said, 'sqlState', sqlstate, 'constraint', nullif(named, ''));
      end if;
  end;
  if changed > 0 then return null; end if;
  return '{"message": "a trigger of the table keeps the change out, without an error", "sqlState": "00000"}';
end
$change$`,

  // Makes one row by trying its attempts in turn.
  `create function pg_temp.palisade_make_row(step jsonb, target jsonb, made jsonb[]) returns jsonb language plpgsql as $row$
declare
  trials jsonb := coalesce(step -> 'trials', '[]');
  positions int[] := array_fill(-1, array[jsonb_array_length(trials) + 1]);
  base jsonb := step -> 'attempts' -> 0;
  attempt jsonb;
  written jsonb;
  result jsonb;
  errors jsonb := '[]';
  missing jsonb;
  trial int;
begin
  for tried in 0 .. jsonb_array_length(step -> 'attempts') - 1 loop
    attempt := base || (step -> 'attempts' -> tried);
    loop
      written := pg_temp.palisade_written(attempt, made);
      if written ? 'missing' then
        missing := coalesce(missing, written -> 'missing');
        exit;
      end if;
      result := pg_temp.palisade_insert(target, written, (step ->> 'isDraft')::boolean);
      if result ? 'stored' then return result; end if;
      errors := errors || (result -> 'error');
      -- The next values for the condition that was not met, as long as there are some; the next attempt begins with the first ones again.
      select min(place)::int - 1 into trial from jsonb_array_elements(trials) with ordinality as one(content, place)
        where content -> 'constraints' ? coalesce(result -> 'error' ->> 'constraint', '');
      exit when trial is null or jsonb_array_length(errors) > 1000;
      positions[trial + 1] := positions[trial + 1] + 1;
      if trials -> trial -> 'values' -> positions[trial + 1] is null then
        positions[trial + 1] := -1;
        exit;
      end if;
      attempt := attempt || (trials -> trial -> 'values' -> positions[trial + 1]);
    end loop;
  end loop;
  return jsonb_build_object('errors', errors, 'missing', missing);
end
$row$`,

  // Finds out which changes to a row are possible.
  `create function pg_temp.palisade_changes(step jsonb, target jsonb, stored jsonb, draft jsonb, made jsonb[]) returns jsonb language plpgsql as $changes$
declare
  changes jsonb := '[]';
  change jsonb;
  written jsonb;
  refused jsonb;
  outcome jsonb;
  place text := pg_temp.palisade_place(target, stored);
begin
  for nth in 0 .. jsonb_array_length(step -> 'changes') - 1 loop
    change := step -> 'changes' -> nth;
    refused := null;
    outcome := null;
    for tried in 0 .. jsonb_array_length(change -> 'attempts') - 1 loop
      written := pg_temp.palisade_written(change -> 'attempts' -> tried, made);
      continue when written ? 'missing' or stored @> (written -> 'texts');
      refused := pg_temp.palisade_change(target, written ->> 'sets', place, null);
      if refused is null then
        outcome := jsonb_build_object('values', written -> 'texts');
      elsif refused ->> 'sqlState' in ('23503', '23001') and draft is not null then
        if pg_temp.palisade_change(target, written ->> 'sets', null, draft) is null then
          outcome := jsonb_build_object('values', written -> 'texts', 'isOfDraft', true);
        end if;
      end if;
      exit when outcome ? 'values';
      outcome := coalesce(outcome, jsonb_build_object('refused', refused || jsonb_build_object('values', written -> 'texts')));
    end loop;
    changes := changes || coalesce(outcome, '{}');
  end loop;
  return changes;
end
$changes$`,

  `create function pg_temp.palisade_make_rows(plan jsonb) returns jsonb language plpgsql as $make$
declare
  steps jsonb[] := array(select jsonb_array_elements(plan -> 'rows'));
  targets jsonb[] := array(select jsonb_array_elements(plan -> 'targets'));
  made jsonb[] := array_fill(null::jsonb, array[(plan ->> 'size')::int + 1]);
  results jsonb[] := array_fill(null::jsonb, array[(plan ->> 'size')::int + 1]);
  step jsonb;
  target jsonb;
  written jsonb;
  stored jsonb;
  at int;
  deferred jsonb;
  said text;
  named text;
  schema_of text;
  table_of text;
begin
  foreach step in array steps loop
    at := (step ->> 'number')::int + 1;
    results[at] := pg_temp.palisade_make_row(step, targets[(step ->> 'target')::int + 1], made);
    if not (step ->> 'isDraft')::boolean then made[at] := results[at] -> 'stored'; end if;
  end loop;

  foreach step in array steps loop
    at := (step ->> 'number')::int + 1;
    continue when made[at] is null or not step ? 'later';
    target := targets[(step ->> 'target')::int + 1];
    written := pg_temp.palisade_written(step -> 'later', made);
    continue when written ? 'missing';
    begin
      execute format('update %s set %s where %s', target ->> 'only', written ->> 'sets', pg_temp.palisade_place(target, made[at]));
    exception
      when lock_not_available or deadlock_detected or serialization_failure then raise;
      when others then null;
    end;
  end loop;

  -- What triggers of other rows have done to a row is read back.
  foreach step in array steps loop
    at := (step ->> 'number')::int + 1;
    continue when made[at] is null;
    target := targets[(step ->> 'target')::int + 1];
    execute format('select %s from %s where %s', target ->> 'returning', target ->> 'only', pg_temp.palisade_place(target, made[at])) into stored;
    made[at] := stored;
    results[at] := case when stored is null
      then '{"errors": [{"message": "a trigger has deleted the row again, or changed what it is found by", "sqlState": "00000"}]}'
      else jsonb_build_object('stored', stored) end;
  end loop;

  foreach step in array steps loop
    at := (step ->> 'number')::int + 1;
    continue when made[at] is null or not step ? 'changes';
    stored := case when step ? 'standIn' then results[(step ->> 'standIn')::int + 1] -> 'stored' end;
    results[at] := results[at] || jsonb_build_object('changes',
      pg_temp.palisade_changes(step, targets[(step ->> 'target')::int + 1], made[at], stored, made));
  end loop;

  -- What is only checked at the end of a transaction, which this one does not have.
  begin
    set constraints all immediate;
    raise exception sqlstate 'PALIS';
  exception
    when lock_not_available or deadlock_detected or serialization_failure then raise;
    when others then
      if sqlstate <> 'PALIS' then
        get stacked diagnostics said = message_text, named = constraint_name, table_of = table_name, schema_of = schema_name;
        deferred := jsonb_build_object('message', said, 'sqlState', sqlstate, 'constraint', nullif(named, ''), 'schema', schema_of, 'table', table_of);
      end if;
  end;
  return jsonb_build_object('rows', to_jsonb(results), 'deferred', deferred);
end
$make$`,
];
