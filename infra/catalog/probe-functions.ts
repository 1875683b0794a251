/**
 * The questions as temporary functions, so that any number goes in one round trip. What a question tries is undone before it answers: by
 * raising PALIS, because a thousand views made and dropped one by one would slow each other down, and rolled-back ones don't.
 */

/** Called where what was tried fails: the server's own words become the answer, except where trying again may go well. */
const refused = `
  when lock_not_available or deadlock_detected then raise;
  when others then
    get stacked diagnostics message = message_text, detail = pg_exception_detail, hint = pg_exception_hint, state = returned_sqlstate;
    return json_build_object('ok', false, 'sqlState', state, 'message', concat_ws(case when detail like '%.' then ' ' else '. ' end, concat_ws('. ', message, nullif(detail, '')), nullif(hint, '')));
  end`;

/** Called where it went well: undoes it and gives the canonical form. */
const answered = `
  raise sqlstate 'PALIS';
exception
  when sqlstate 'PALIS' then return json_build_object('ok', true, 'canonical', printed);`;

const variables = "message text; detail text; hint text; state text";

/**
 * A canonical form takes two rounds: printing is no fixed point after one (BETWEEN, IN on varchar, in conditions and in the bodies of
 * functions that the server parses). A condition goes through a view, which qualifies columns where a policy does not, and is what
 * stands after a beginning that is known.
 */
const conditionFunction = `
create function pg_temp.palisade_condition(relation text, condition text) returns json language plpgsql as $probe$
declare ${variables}; beginning text; printed text := condition;
begin
  for round in 1..2 loop
    execute format(E'create or replace temporary view palisade_probe as select 1 as x from %s where (%s\\n)', relation, printed);
    perform set_config('search_path', '', true);
    beginning := format(E'SELECT 1 AS x\\n   FROM %s\\n  WHERE', relation::regclass);
    printed := ltrim(pg_get_viewdef('pg_temp.palisade_probe'::regclass));
    if not starts_with(printed, beginning) then raise 'the server prints a view in an unexpected form: %', printed; end if;
    printed := btrim(substr(printed, length(beginning) + 1), E' \\n;');
    perform set_config('search_path', 'public, extensions', true);
  end loop;
  ${answered}
  ${refused};
$probe$`;

/**
 * PostgreSQL replaces a function in place unless its result or the names of its arguments change; then it can be dropped and made again
 * in one transaction, unless something uses it. Whether it is the body that is refused shows where it is accepted unchecked.
 */
const functionFunction = `
create function pg_temp.palisade_function(signature text, definition text, checks_body boolean) returns json language plpgsql as $probe$
declare ${variables}; printed text := definition;
begin
  perform set_config('check_function_bodies', case when checks_body then 'on' else 'off' end, true);
  for round in 1..2 loop
    begin
      execute printed;
    exception when invalid_function_definition or wrong_object_type then
      get stacked diagnostics message = message_text, detail = pg_exception_detail;
      begin
        perform set_config('check_function_bodies', 'off', true);
        execute printed;
        raise sqlstate 'PALIS';
      exception
        when sqlstate 'PALIS' then raise invalid_function_definition using message = message, detail = detail;
        when invalid_function_definition or wrong_object_type then null;
      end;
      begin
        execute 'drop routine ' || signature;
      exception
        when undefined_function then raise invalid_function_definition using message = message, detail = detail;
        when dependent_objects_still_exist then
        get stacked diagnostics detail = pg_exception_detail;
        raise invalid_function_definition using message = message, detail = 'It can''t be dropped and made again either, because it is used: '
          || replace(detail, E'\\n', '; '), hint = 'Give the function another name, and change what uses it in the same deployment';
      end;
      execute printed;
    end;
    perform set_config('search_path', '', true);
    printed := pg_get_functiondef(signature::regprocedure);
    perform set_config('search_path', 'public, extensions', true);
  end loop;
  ${answered}
  ${refused};
$probe$`;

const relationFunction = `
create function pg_temp.palisade_relation(relation text, relkinds text) returns json language plpgsql as $probe$
declare ${variables}; found record;
begin
  select c.relkind, format('%I.%I', n.nspname, c.relname) as name into found
    from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = relation::regclass;
  if position(found.relkind in relkinds) = 0 then
    raise wrong_object_type using message = format('%s is no table but %s', found.name, case found.relkind
      when 'v' then 'a view' when 'm' then 'a materialized view' when 'S' then 'a sequence' when 'f' then 'a foreign table'
      when 'i' then 'an index' when 'c' then 'a composite type' else 'a relation of another kind' end);
  end if;
  return json_build_object('ok', true, 'canonical', '');
exception
  ${refused};
$probe$`;

/**
 * A table as a publication's member, tried on a copy of its columns: adding the table itself would lock it.
 * @see https://www.postgresql.org/docs/current/logical-replication-publication.html (replica identity)
 */
const memberFunction = `
create function pg_temp.palisade_member(relation text, columns text[], condition text, sends_old_rows boolean, via_root boolean)
returns json language plpgsql as $probe$
declare ${variables}; printed text := ''; target record; answer json; listed text; identity text[]; tested text[]; wrong text; published text;
  copy text := 'palisade_probe_' || pg_backend_pid();
begin
  select c.relname, c.relkind, c.relpersistence, c.relreplident, age(c.xmin) > 0 as is_live, format('%I.%I', n.nspname, c.relname) as name into target
    from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = relation::regclass;
  if target.relkind not in ('r', 'p') then return pg_temp.palisade_relation(relation, 'rp'); end if;
  if target.relpersistence <> 'p' then
    raise object_not_in_prerequisite_state using message = format('%s is %s, whose changes PostgreSQL does not publish', target.name,
      case target.relpersistence when 'u' then 'an unlogged table' else 'a temporary table' end),
      hint = 'Publish permanent, logged tables only';
  end if;
  if target.relkind = 'p' and not via_root and (columns is not null or condition is not null) then
    raise object_not_in_prerequisite_state using
      message = format('%s is partitioned, and its changes are sent as those of its partitions', target.name),
      hint = 'Columns and a condition of a partitioned table need viaPartitionRoot: true';
  end if;
  select string_agg(quote_ident(attname), ', ') into listed from pg_attribute
    where attrelid = relation::regclass and attname = any (columns) and attnum > 0 and not attisdropped;
  if condition is not null then
    answer := pg_temp.palisade_condition(relation, condition);
    if not (answer ->> 'ok')::boolean then return answer; end if;
  end if;
  if condition is not null or listed is not null then
    execute format('create schema %I', copy);
    execute format('create table %1$I.%2$I (like %3$s including generated)', copy, target.relname, relation);
    published := format('create publication %1$I for table %1$I.%2$I', copy, target.relname);
    begin
      execute published || coalesce(E' where (' || condition || E'\\n)', '');
    exception when undefined_table then
      -- It names the table with its schema, which the copy is not in.
      execute published || ' where (' || (answer ->> 'canonical') || ')';
    end;
    select array_agg(distinct a.attname::text) into tested
      from pg_depend d join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
      where d.classid = 'pg_publication_rel'::regclass and d.refobjid = format('%I.%I', copy, target.relname)::regclass and d.refobjsubid > 0;
    if listed is not null then execute format('alter publication %1$I set table %1$I.%2$I (%3$s)', copy, target.relname, listed); end if;
  end if;
  -- A table that this transaction only assumes may get its key later.
  if sends_old_rows and target.is_live then
    select array_agg(a.attname::text order by a.attnum) into identity from pg_attribute a
      where a.attrelid = relation::regclass and a.attnum > 0 and not a.attisdropped and (target.relreplident = 'f' or exists (
        select from pg_index i where i.indrelid = a.attrelid and a.attnum = any (i.indkey)
          and (target.relreplident = 'd' and i.indisprimary or target.relreplident = 'i' and i.indisreplident)));
    if identity is null then
      raise object_not_in_prerequisite_state using
        message = format('%s has neither a primary key nor a replica identity, so every update and delete of its rows would fail while they are published', target.name),
        hint = format('Give it a primary key, or run "alter table %s replica identity full", or publish only inserts', target.name);
    end if;
    select string_agg(name, ', ') into wrong from unnest(identity) as needed(name) where columns is not null and name <> all (columns);
    if wrong is not null then
      raise object_not_in_prerequisite_state using
        message = format('the columns lack %s of the replica identity of %s, so every update and delete of its rows would fail', wrong, target.name),
        hint = 'List those columns too, or publish only inserts';
    end if;
    select string_agg(name, ', ') into wrong from unnest(tested) as found(name) where name <> all (identity);
    if wrong is not null then
      raise object_not_in_prerequisite_state using
        message = format('the condition tests %s, which is not part of the replica identity of %s, so every update and delete of its rows would fail', wrong, target.name),
        hint = format('Test only %s, or publish only inserts, or run "alter table %s replica identity full"', array_to_string(identity, ', '), target.name);
    end if;
  end if;
  ${answered}
  ${refused};
$probe$`;

const columnFunction = `
create function pg_temp.palisade_column(relation text, wanted text, advice text) returns json language plpgsql as $probe$
declare ${variables};
begin
  perform from pg_attribute where attrelid = relation::regclass and attname = wanted and attnum > 0 and not attisdropped;
  if not found then
    raise undefined_column using message = format('column "%s" of relation %s does not exist%s', wanted,
      (select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = relation::regclass),
      '; ' || nullif(advice, ''));
  end if;
  return json_build_object('ok', true, 'canonical', '');
exception
  ${refused};
$probe$`;

/** A role that is not there may be one in other words: a keyword of GRANT, or another spelling. */
const roleFunction = `
create function pg_temp.palisade_role(role text) returns json language plpgsql as $probe$
declare ${variables}; wanted text := lower((parse_ident(role))[1]);
begin
  if role <> 'public' then
    begin
      perform role::regrole;
    exception when undefined_object then
      get stacked diagnostics message = message_text;
      raise undefined_object using message = message, hint = coalesce(case
        when wanted = 'public' then 'Everybody is written public, in small letters'
        when wanted in ('current_user', 'current_role', 'session_user', 'user') then format('Write the name of the role itself, such as %s', current_user)
        else (select 'Perhaps you meant ' || string_agg(rolname, ' or ' order by rolname) from pg_roles where lower(rolname) = wanted) end, '');
    end;
  end if;
  return json_build_object('ok', true, 'canonical', '');
exception
  ${refused};
$probe$`;

/** Unlike a question, an assumption stays until the transaction's end; one that can't be made yet is left to the questions to find out. */
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

export const probeFunctions = [
  relationFunction,
  columnFunction,
  roleFunction,
  conditionFunction,
  functionFunction,
  memberFunction,
  assumeFunction,
].join(";");
