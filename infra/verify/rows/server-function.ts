/**
 * Carries a plan out on the server, so that it takes one round trip however many rows there are and however often the server refuses one:
 * each attempt is a subtransaction. Its argument and result are `ServerPlan` and `ServerResult`.
 */
export const makeRowsFunctions = [
  // A value as SQL; null where it needs a row that isn't there.
  `create function pg_temp.palisade_value(value jsonb, made jsonb[]) returns text language plpgsql as $value$
declare
  part jsonb;
  text_of text;
  joined text := '';
begin
  if jsonb_typeof(value) = 'null' then return 'null'; end if;
  if jsonb_typeof(value) = 'string' then return quote_literal(value #>> '{}'); end if;
  if value ? 'sql' then return value ->> 'sql'; end if;
  if value ? 'row' then
    if made[(value ->> 'row')::int + 1] is null then return null; end if;
    return quote_nullable(made[(value ->> 'row')::int + 1] ->> (value ->> 'column'));
  end if;
  for part in select jsonb_array_elements(value -> 'join') loop
    if jsonb_typeof(part) = 'object' then
      text_of := made[(part ->> 'row')::int + 1] ->> (part ->> 'column');
      if text_of is null then return null; end if;
    else
      text_of := coalesce(part #>> '{}', '');
    end if;
    joined := joined || text_of;
  end loop;
  return quote_literal(joined);
end
$value$`,

  // The condition that finds a row again.
  `create function pg_temp.palisade_place(target jsonb, stored jsonb) returns text language sql as $place$
  select string_agg(format('%I = %L', name, stored ->> name), ' and ') from jsonb_array_elements_text(target -> 'key') as name
$place$`,

  `create function pg_temp.palisade_make_rows(plan jsonb) returns jsonb language plpgsql as $make$
declare
  made jsonb[] := array_fill(null::jsonb, array[greatest((plan ->> 'size')::int, 1)]);
  results jsonb[] := array_fill(null::jsonb, array[greatest((plan ->> 'size')::int, 1)]);
  step jsonb;
  target jsonb;
  attempt jsonb;
  change jsonb;
  written record;
  at int;
  tried int;
  trials jsonb;
  trial int;
  positions int[];
  statement text;
  stored jsonb;
  errors jsonb;
  changes jsonb;
  refused jsonb;
  missing int;
  names text;
  vals text;
  count_of bigint;
  is_done boolean;
  given jsonb;
  deferred jsonb;
  message text;
  constraint_of text;
begin
  for step in select jsonb_array_elements(plan -> 'rows') loop
    at := (step ->> 'number')::int + 1;
    target := plan -> 'targets' -> (step ->> 'target')::int;
    errors := '[]'; missing := null; is_done := false; tried := -1; stored := null; given := step -> 'attempts' -> 0;
    trials := coalesce(step -> 'trials', '[]');
    positions := array_fill(-1, array[greatest(jsonb_array_length(trials), 1)]);
    for attempt in select jsonb_array_elements(step -> 'attempts') loop
      tried := tried + 1;
      attempt := (step -> 'attempts' -> 0) || attempt;
      loop
        names := ''; vals := ''; stored := null; message := null; constraint_of := '';
        for written in select key, value, pg_temp.palisade_value(value, made) as sql from jsonb_each(attempt) loop
          if written.sql is null then
            missing := coalesce(missing, (written.value ->> 'row')::int, (jsonb_path_query_first(written.value, '$.join[*].row'))::int);
            exit;
          end if;
          names := names || format(', %I', written.key);
          vals := vals || ', ' || written.sql;
        end loop;
        exit when written.sql is null and attempt <> '{}';
        statement := case when names = '' then format('insert into %s default values returning %s', target ->> 'name', target ->> 'returning')
          else format('insert into %s (%s) overriding system value values (%s) returning %s', target ->> 'name', substr(names, 3), substr(vals, 3), target ->> 'returning') end;
        begin
          execute statement into stored;
          if stored is null then
            message := 'a trigger of the table keeps the row out, without an error';
            errors := errors || jsonb_build_object('message', message, 'sqlState', '00000');
          elsif (step ->> 'isDraft')::boolean then
            raise exception sqlstate 'PALIS';
          end if;
          is_done := message is null;
        exception
          when lock_not_available or deadlock_detected or serialization_failure then raise;
          when others then
            is_done := sqlstate = 'PALIS';
            if not is_done then
              get stacked diagnostics message = message_text, constraint_of = constraint_name;
              errors := errors || jsonb_build_object('message', message, 'sqlState', sqlstate, 'constraint', nullif(constraint_of, ''));
            end if;
        end;
        exit when is_done;
        -- The next values for the condition that was not met, as long as there are some; then the next attempt begins with the first ones.
        trial := -1;
        select min(place)::int - 1 into trial from jsonb_array_elements(trials) with ordinality as one(content, place)
          where content -> 'constraints' ? coalesce(constraint_of, '');
        exit when trial is null or jsonb_array_length(errors) > 1000;
        positions[trial + 1] := positions[trial + 1] + 1;
        if trials -> trial -> 'values' -> positions[trial + 1] is null then
          positions[trial + 1] := -1;
          exit;
        end if;
        attempt := attempt || (trials -> trial -> 'values' -> positions[trial + 1]);
      end loop;
      exit when is_done;
    end loop;
    if is_done then
      if not (step ->> 'isDraft')::boolean then made[at] := stored; end if;
      results[at] := jsonb_build_object('attempt', tried, 'stored', stored);
    else
      results[at] := jsonb_build_object('errors', errors, 'missing', missing);
    end if;
  end loop;

  for step in select jsonb_array_elements(plan -> 'rows') loop
    at := (step ->> 'number')::int + 1;
    continue when made[at] is null;
    target := plan -> 'targets' -> (step ->> 'target')::int;
    for written in select key, pg_temp.palisade_value(value, made) as sql from jsonb_each(coalesce(step -> 'later', '{}')) loop
      continue when written.sql is null;
      begin
        execute format('update %s set %I = %s where %s', target ->> 'only', written.key, written.sql, pg_temp.palisade_place(target, made[at]));
      exception
        when lock_not_available or deadlock_detected or serialization_failure then raise;
        when others then null;
      end;
    end loop;
  end loop;

  -- What triggers of other rows have done to a row is read back.
  for step in select jsonb_array_elements(plan -> 'rows') loop
    at := (step ->> 'number')::int + 1;
    continue when made[at] is null;
    target := plan -> 'targets' -> (step ->> 'target')::int;
    execute format('select %s from %s where %s', target ->> 'returning', target ->> 'only', pg_temp.palisade_place(target, made[at])) into stored;
    if stored is null then
      results[at] := jsonb_build_object('errors', jsonb_build_array(jsonb_build_object(
        'message', 'a trigger has deleted the row again, or changed what it is found by', 'sqlState', '00000')));
    else
      results[at] := results[at] || jsonb_build_object('stored', stored);
    end if;
    made[at] := stored;
  end loop;

  for step in select jsonb_array_elements(plan -> 'rows') loop
    at := (step ->> 'number')::int + 1;
    continue when made[at] is null or step -> 'changes' is null;
    target := plan -> 'targets' -> (step ->> 'target')::int;
    changes := '[]';
    for change in select jsonb_array_elements(step -> 'changes') loop
      refused := null; is_done := false; tried := -1;
      for attempt in select jsonb_array_elements(change -> 'attempts') loop
        tried := tried + 1;
        vals := ''; given := '{}'; count_of := 0;
        for written in select key, pg_temp.palisade_value(value, made) as sql from jsonb_each(attempt) loop
          exit when written.sql is null;
          vals := vals || format(', %I = %s', written.key, written.sql);
          execute 'select ' || written.sql || '::text' into message;
          given := given || jsonb_build_object(written.key, message);
          if message is distinct from made[at] ->> written.key then count_of := count_of + 1; end if;
        end loop;
        continue when written.sql is null or count_of = 0;
        begin
          execute format('update %s set %s where %s', target ->> 'only', substr(vals, 3), pg_temp.palisade_place(target, made[at]));
          get diagnostics count_of = row_count;
          if count_of = 0 then
            refused := coalesce(refused, jsonb_build_object('message', 'a trigger of the table keeps the change out, without an error', 'sqlState', '00000', 'values', given));
          else
            raise exception sqlstate 'PALIS';
          end if;
        exception
          when lock_not_available or deadlock_detected or serialization_failure then raise;
          when others then
            if sqlstate = 'PALIS' then
              is_done := true;
            else
              get stacked diagnostics message = message_text, constraint_of = constraint_name;
              refused := coalesce(refused, jsonb_build_object('message', message, 'sqlState', sqlstate, 'constraint', nullif(constraint_of, ''), 'values', given));
            end if;
        end;
        exit when is_done;
      end loop;
      changes := changes || jsonb_build_array(case when is_done then jsonb_build_object('values', given) else jsonb_build_object('refused', refused) end);
    end loop;
    results[at] := results[at] || jsonb_build_object('changes', changes);
  end loop;

  -- What is only checked at the end of a transaction, which this one does not have.
  begin
    set constraints all immediate;
    raise exception sqlstate 'PALIS';
  exception
    when lock_not_available or deadlock_detected or serialization_failure then raise;
    when others then
      if sqlstate <> 'PALIS' then
        get stacked diagnostics message = message_text, constraint_of = constraint_name, names = table_name, vals = schema_name;
        deferred := jsonb_build_object('message', message, 'sqlState', sqlstate, 'constraint', nullif(constraint_of, ''), 'schema', vals, 'table', names);
      end if;
  end;
  return jsonb_build_object('rows', to_jsonb(results), 'deferred', deferred);
end
$make$`,
];
