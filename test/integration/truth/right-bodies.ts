/** A body in PL/pgSQL that works, though the server would look at most of it only when it runs. */
export interface RightBody {
  readonly name: string;
  readonly kind?: "function" | "procedure";
  /** What stands between the function's name and its body; default: `() returns void`. */
  readonly head?: string;
  /** Default: `set search_path = ''`. */
  readonly settings?: string;
  readonly body: string;
}

export const rightBodies: readonly RightBody[] = [
  {
    name: "handle_new_user",
    head: "() returns trigger",
    body: `
begin
  insert into app.profiles (id, full_name, avatar_url)
  values (new.id, new.raw_user_meta_data ->> 'full_name', new.raw_user_meta_data ->> 'avatar_url');
  return new;
end;`,
  },
  {
    name: "handle_new_user with upsert and errors caught",
    head: "() returns trigger",
    settings: "security definer set search_path = pg_catalog, pg_temp",
    body: `
declare
  v_name text := coalesce(new.raw_user_meta_data ->> 'name', split_part(new.email, '@', 1));
begin
  insert into app.profiles as p (id, full_name, email)
  values (new.id, v_name, new.email)
  on conflict (id) do update set email = excluded.email, updated_at = now()
  where p.email is distinct from excluded.email;
  return new;
exception
  when others then
    raise log 'handle_new_user failed: % (%)', sqlerrm, sqlstate;
    return new;
end`,
  },
  {
    name: "updated_at",
    head: "() returns trigger",
    body: "begin new.updated_at = now(); return new; end",
  },
  {
    name: "an audit trigger",
    head: "() returns trigger",
    body: `
declare
  v_old jsonb; v_new jsonb; v_id text;
begin
  if tg_op in ('UPDATE', 'DELETE') then v_old := to_jsonb(old); end if;
  if tg_op <> 'DELETE' then v_new = to_jsonb(new); end if;
  v_id := coalesce(v_new, v_old) ->> 'id';
  insert into app.logs (what, data) values (tg_table_schema || '.' || tg_table_name || ' ' || tg_op || v_id, jsonb_build_object('old', v_old, 'new', v_new, 'args', tg_argv[0]));
  return coalesce(new, old);
end`,
  },
  {
    name: "a trigger with transition tables",
    head: "() returns trigger",
    body: `
begin
  insert into app.logs (what, data) select 'task', to_jsonb(n) from new_rows n;
  update public.counters c set value = c.value + x.n from (select count(*) as n from new_rows) x where c.name = 'tasks';
  return null;
end`,
  },
  {
    name: "a trigger that queries by new and old rows",
    head: "() returns trigger",
    body: `
declare total int;
begin
  if new.organization_id is distinct from old.organization_id then
    select count(*) into total from app.tasks t where t.organization_id = new.organization_id and t.id <> new.id;
    if total > 10 then raise exception 'too many tasks in %', new.organization_id using errcode = 'check_violation', hint = 'Delete ' || total; end if;
  end if;
  with s as (select new.id, new.title) select s.title into new.title from s where s.id = new.id;
  select array_agg(x.tag) into new.tags from unnest(new.tags) as x(tag) where x.tag <> '';
  return new;
end`,
  },
  {
    name: "an event trigger",
    head: "() returns event_trigger",
    body: `
declare obj record;
begin
  for obj in select * from pg_event_trigger_ddl_commands() where object_type = 'table' loop
    raise notice '% %', tg_tag, obj.object_identity;
  end loop;
end`,
  },
  {
    name: "custom claims of an access token",
    head: "(event jsonb) returns jsonb",
    settings: "stable set search_path = ''",
    body: `
declare
  claims jsonb;
  user_role text;
begin
  select m.role into user_role from app.members m where m.user_id = (event ->> 'user_id') limit 1;
  claims := event -> 'claims';
  if user_role is not null then
    claims := jsonb_set(claims, '{user_role}', to_jsonb(user_role));
  else
    claims := jsonb_set(claims, '{user_role}', 'null');
  end if;
  event := jsonb_set(event, '{claims}', claims);
  return event;
end;`,
  },
  {
    name: "a loop over records",
    head: "() returns int",
    body: `
declare
  r record; n int := 0;
begin
  <<tasks>>
  for r in select t.id, t.title, count(*) over () as total from app.tasks t order by 1 loop
    continue tasks when r.title is null;
    update app.tasks set title = upper(r.title) where id = r.id and r.total > 1;
    if found then n := n + 1; end if;
    insert into app.logs (what, data) values (r.id, jsonb_build_object('title', r.title));
    exit tasks when n > 10;
  end loop tasks;
  return n;
end`,
  },
  {
    name: "loops over numbers, arrays and scalars",
    body: `
declare
  i text := 'shadowed'; v text; a int[] := array[1, 2]; x int; y text; part text[];
begin
  for i in 1..array_length(a, 1) loop a[i] := a[i] * 2 + i; end loop;
  for i in reverse 10..1 by 2 loop perform pg_sleep(i / 100.0); end loop;
  foreach x in array a loop raise notice '%', x + 1; end loop;
  foreach part slice 1 in array array[['a','b'],['c','d']] loop v := part[1] || i; end loop;
  for x, y in select t.position, t.title from app.tasks t loop v := y || x; end loop;
  while x < 10 loop x := x + 1; exit when x = 5; end loop;
  loop exit; end loop;
end`,
  },
  {
    name: "returns table with columns named as the table's",
    head: "(org text) returns table (id text, title text, total bigint)",
    body: `
#variable_conflict use_column
begin
  return query select id, title, count(*) over () from app.tasks where organization_id = org;
end`,
  },
  {
    name: "returns table, qualified",
    head: "(org text default null, max_rows int default 10) returns table (id text, title text)",
    body: `
begin
  return query
    select t.id, t.title from app.tasks as t
    where ($f.org is null or t.organization_id = $f.org)
    order by t.created_at desc limit max_rows offset 0;
  if not found then
    return query values ('none'::text, 'nothing'::text);
  end if;
  return query select t.id, t.title from app.tasks t union all select m.user_id, m.role from app.members m;
end`,
  },
  {
    name: "returns table row by row",
    head: "() returns table (task text, score numeric)",
    body: `
begin
  for task, score in select id, position::numeric from app.tasks loop
    score := score * 1.5;
    return next;
  end loop;
end`,
  },
  {
    name: "variables preferred to columns",
    head: "(id text) returns text",
    body: "#variable_conflict use_variable\ndeclare position text; begin select t.title into position from app.tasks t where t.id = id and position is null; return position; end",
  },
  {
    name: "out parameters",
    head: "(a int, out total bigint, inout b text, out made timestamptz)",
    body: "begin select count(*), max(created_at) into total, made from app.tasks where position > a and title = b; b := b || total; end",
  },
  {
    name: "diagnostics",
    head: "() returns int",
    body: `
declare n int; state text; msg text; ctx text;
begin
  delete from app.tasks where created_at < now() - interval '1 year';
  get diagnostics n = row_count;
  return n;
exception when foreign_key_violation or check_violation then
  get stacked diagnostics state = returned_sqlstate, msg = message_text, ctx = pg_exception_context;
  raise exception using errcode = state, message = msg || ctx, detail = sqlerrm;
end`,
  },
  {
    name: "exceptions in nested blocks with labels",
    head: "(n int) returns int",
    body: `
<<outermost>>
declare n int := 1; m int;
begin
  <<nested>>
  declare n int := outermost.n + $f.n;
  begin
    m := nested.n / outermost.n;
    insert into app.members (user_id, organization_id) values ('a', 'b') returning 1 into strict m;
  exception
    when division_by_zero then m := 0;
    when unique_violation then
      raise notice '% %', sqlstate, sqlerrm;
    when sqlstate '22012' or too_many_rows then null;
  end nested;
  return m;
end outermost`,
  },
  {
    name: "dynamic SQL",
    head: "(tab regclass, col text) returns bigint",
    body: `
declare n bigint; q text; r record;
begin
  execute format('select count(*) from %s where %I = $1', tab, col) into strict n using 'a';
  q := 'select 1 as one';
  for r in execute q || ' where $1' using true loop n := n + r.one; end loop;
  return n;
end`,
  },
  {
    name: "a table made by dynamic SQL",
    body: `begin
  execute 'create temp table scratch (id int)';
  insert into scratch (id) values (1);
  execute format('alter table app.tasks add column if not exists %I text', 'extra');
  update app.tasks set extra = 'a';
end`,
  },
  {
    name: "dynamic SQL out of a variable",
    body: `declare q text := concat('cre', 'ate temp table scratch (id int)'); begin execute q; insert into scratch values (1); update app.tasks set later = 1; end`,
  },
  {
    name: "a temporary table",
    body: `
begin
  create temp table if not exists scratch on commit drop as select id, title as name from app.tasks;
  update scratch set name = 'a' where id = 'b';
  insert into app.logs (what) select name from scratch;
  drop table scratch;
end`,
  },
  {
    name: "a temporary table that hides a real one",
    body: `begin
  create temp table counters (other int);
  insert into counters (other) values (1);
end`,
  },
  {
    name: "a temporary table that a called function makes",
    body: "begin perform app.current_user_id(); insert into scratch_of_caller values (1); end",
  },
  {
    name: "a temporary table that a procedure makes",
    body: "declare n int; begin call app.tidy(n); update scratch_of_caller set x = n; end",
  },
  {
    name: "a table that need not be there",
    body: `
begin
  begin
    perform 1 from app.optional;
  exception when undefined_table or undefined_column then
    raise notice 'no such table';
  end;
  begin
    delete from app.tasks where not_there;
  exception when sqlstate '42703' then null;
  end;
end`,
  },
  {
    name: "upserts with on conflict",
    head: "(k text, by_value bigint default 1) returns bigint",
    body: `
declare result bigint;
begin
  insert into public.counters as c (name, value) values (k, by_value)
  on conflict (name) do update set value = c.value + excluded.value
  returning value into result;
  insert into public.counters (name) values (k) on conflict on constraint counters_pkey do nothing;
  insert into public.counters values (k, 1) on conflict do nothing;
  insert into public.counters (name, value) values (k, 2)
  on conflict (name) do update set value = counters.value + 1 where counters.value < 10
  returning (xmax = 0)::int into result;
  return result;
end`,
  },
  {
    name: "a table qualified in full",
    body: "begin update public.counters set value = 1 where public.counters.name = 'a'; delete from app.tasks where app.tasks.id = 'a' and tasks.title = 'b'; end",
  },
  {
    name: "writes in WITH",
    head: "(org text) returns int",
    body: `
declare n int;
begin
  with gone as (delete from app.tasks where organization_id = org returning *),
    kept as (insert into app.logs (what, data) select gone.id, to_jsonb(gone) from gone returning id)
  select count(*) into n from kept;
  return n;
end`,
  },
  {
    name: "a function of a table's rows",
    head: "() returns text",
    body: `declare v text; begin
  insert into app.tasks as t (id) values ('a') returning app.task_name(t) into v;
  update app.tasks set title = app.task_name(tasks) where id = 'a' returning app.task_name(tasks.*) into v;
  return (select app.task_name(t) from app.tasks t limit 1);
end`,
  },
  {
    name: "a function of a table's rows, written as its column",
    settings: "set search_path = app",
    body: "declare v text; begin update tasks t set position = 1 returning t.task_name into v; end",
  },
  {
    name: "MERGE",
    body: `begin
  merge into app.members m using (select 'a' as u, 'b' as o) s on m.user_id = s.u and m.organization_id = s.o
  when matched then update set role = 'ADMIN' when not matched then insert (user_id, organization_id) values (s.u, s.o);
end`,
  },
  {
    name: "rows of a table",
    head: "(wanted text) returns app.tasks",
    body: `
declare
  t app.tasks%rowtype; s app.tasks; n text;
begin
  select * into t from app.tasks where id = wanted;
  if t is null then return null; end if;
  t.title := upper(t.title);
  s := t; s.position := coalesce(s.position, 0) + 1;
  select title into n from app.tasks where id = t.id and organization_id = s.organization_id;
  insert into app.logs (what, data) values (t.title, to_jsonb(t));
  insert into app.logs (what, data) values (s.id, row_to_json(s)::jsonb);
  return s;
end`,
  },
  {
    name: "rows that are inserted whole",
    body: "declare r app.profiles; begin r.id := gen_random_uuid(); insert into app.profiles values (r.*); insert into app.profiles select r.*; end",
  },
  {
    name: "records of unknown shape",
    head: "(q text) returns text",
    body: `
declare r record; x record;
begin
  select t.*, 1 as one into r from app.tasks t limit 1;
  x := row(1, 'a');
  select r.id, m.role into x from app.members m where m.user_id = r.created_by;
  return (select y.id from (select r.id, r.one) y) || x.role || (r).title || r.payload[0];
end`,
  },
  {
    name: "cursors",
    body: `
declare
  c cursor for select id, title from app.tasks for update;
  d no scroll cursor (k text, n int) is select * from app.tasks where id = k limit n;
  e refcursor; r record; name text := 'portal';
begin
  for t in c loop update app.tasks set title = t.title || 'x' where current of c; end loop;
  for t in d('a', n := 3) loop raise notice '%', t.title; end loop;
  open d('a', 1); fetch next from d into r; move forward 2 from d; close d;
  open e for select * from app.members where role = name; fetch e into r; close e;
  open e no scroll for execute 'select 1' using name; close e;
end`,
  },
  {
    name: "aliases",
    head: "(text, b int) returns text",
    body: "declare a alias for $1; c alias for b; d alias for a; begin return (select title from app.tasks where id = a and position = c and title = d and id = $1); end",
  },
  {
    name: "polymorphic arguments",
    head: "(a anyelement, b anyarray) returns anyelement",
    body: "declare c a%type; begin if a = any (b) then select a into c; end if; return coalesce(c, b[1], a + 1); end",
  },
  {
    name: "variadic arguments",
    head: "(variadic keys text[]) returns setof text",
    body: "begin return query select t.id from app.tasks t where t.id = any (keys); return query select k from unnest(keys) as k; return; end",
  },
  {
    name: "case in its two forms",
    head: "(m app.mood, n int) returns text",
    body: `
begin
  case m when 'good' then return 'g'; when 'bad', 'good' then null; else raise exception 'no'; end case;
  case when n between 0 and 10 then null; when n > 10 and (case when m = 'good' then true end) then return case m when 'good' then 'a' else 'b' end; else null; end case;
  return null;
end`,
  },
  {
    name: "enumerations, casts and constants",
    head: "(m text default 'good') returns app.mood",
    body: `
declare
  k constant app.mood not null := 'good'; l app.mood := m; z numeric(10, 2) default 0; w varchar(20) collate "C" = 'a';
  u uuid := gen_random_uuid(); ts timestamp with time zone := now(); dp double precision; arr app.mood[] := '{good}'; two text[][];
begin
  if l = any (enum_range(null::app.mood)) and k = arr[1] then return m::app.mood; end if;
  z := z + 1.5; dp := z; ts := ts + make_interval(days => z::int); w := w || two[1][1] || u;
  return case when date_trunc('day', ts) = ts then l else k end;
end`,
  },
  {
    name: "jsonb",
    head: "(payload jsonb) returns jsonb",
    body: `
declare item jsonb; k text; v jsonb; result jsonb := '[]'; rec record; n int;
begin
  for item in select * from jsonb_array_elements(payload -> 'items') loop
    result := result || jsonb_build_object('id', item ->> 'id', 'n', (item ->> 'n')::int);
  end loop;
  for k, v in select * from jsonb_each(payload) loop result := result || jsonb_build_array(k, v); end loop;
  for rec in select x.id, x.title from jsonb_to_recordset(payload -> 'tasks') as x(id text, title text) loop
    insert into app.tasks (id, title) values (rec.id, rec.title) on conflict (id) do update set title = excluded.title;
  end loop;
  select jsonb_agg(jsonb_build_object('id', t.id, 'title', t.title) order by t.id) into result from app.tasks t where t.payload @> payload;
  n := jsonb_array_length(result);
  payload['a'] := to_jsonb(n);
  if payload ? 'a' and payload #>> '{a,b}' = 'c' then return payload - 'a'; end if;
  return jsonb_strip_nulls(result);
end`,
  },
  {
    name: "functions and tables of the platform",
    settings: "security definer set search_path = pg_catalog, pg_temp",
    head: "(bucket text) returns boolean",
    body: `
declare me uuid := (select auth.uid()); mail text;
begin
  if auth.role() <> 'service_role' and (auth.jwt() ->> 'role') is null then raise insufficient_privilege; end if;
  select u.email into mail from auth.users u where u.id = me;
  return exists (select 1 from storage.objects o where o.bucket_id = bucket and (storage.foldername(o.name))[1] = me::text);
end`,
  },
  {
    name: "names along the default search_path",
    settings: "",
    head: "(k text) returns bigint",
    body: "declare c counters%rowtype; begin select * into c from counters where name = k; update counters set value = value + 1 where name = k; return c.value; end",
  },
  {
    name: "names that only the caller's search_path finds",
    settings: "",
    head: "() returns bigint",
    body: "begin if is_member('a') then insert into logs (what) values (current_user_id()); end if; return (select count(*) from members where role = 'x'); end",
  },
  {
    name: "names that depend on who calls",
    settings: 'set search_path = "$user", public',
    head: "() returns bigint",
    body: "begin return (select count(*) from members where is_member(organization_id)); end",
  },
  {
    name: "variables named as functions, tables, aliases and keywords",
    head: "(tasks text, count int, id text) returns text",
    body: `
declare t text; m app.members; r record; "select" text; app text; public int; title text;
begin
  select count(*) into count from app.tasks;
  select t.title into "select" from app.tasks t join app.members m on m.user_id = t.created_by where t.id = $f.id;
  select r.title, tasks.id into r from app.tasks r, app.tasks where tasks.id = "select";
  update public.counters set value = public.counters.value + count where name = app;
  insert into app.tasks (id, title) values (id, title) on conflict (id) do update set title = excluded.title;
  select m.role as title, x.app as public from app.members m, (select 1 as app) x order by title into t, public;
  return t || r.title || app.current_user_id();
end`,
  },
  {
    name: "row types in sets, arrays and comparisons",
    head: "() returns setof app.tasks",
    body: `
declare ts app.tasks[]; t app.tasks; changed app.tasks; n int;
begin
  select array_agg(x) into ts from app.tasks x;
  foreach t in array ts loop
    update app.tasks as u set title = 'a' where u = t returning u.* into changed;
    update app.tasks as u set title = 'a' where u.id = t.id returning u into changed;
    insert into app.tasks select (t).* on conflict (id) do nothing;
    insert into app.tasks select * from unnest(ts) returning (tasks is distinct from t)::int into n;
    with gone as (delete from app.tasks d where d.id = t.id returning d) select (g.d).title into t.title from gone g;
    insert into app.tasks select (jsonb_populate_record(null::app.tasks, '{"id": "a"}')).*;
    insert into app.tasks select * from jsonb_populate_recordset(t, '[]');
    return next t;
  end loop;
  return query select (x).* from unnest(ts) x where x.title = (ts[1]).title;
  return query with made as (insert into app.tasks (id) values ('a') returning *) select * from made union all select * from app.tasks;
end`,
  },
  {
    name: "names along a search_path of its own",
    settings: "set search_path = app, pg_temp",
    head: "() returns bigint",
    body: "declare m mood := 'good'; begin insert into logs (what) values (m::mood::text); return (select count(*) from members where is_member(organization_id)); end",
  },
  {
    name: "a search_path set in the body",
    settings: "",
    body: "begin set local search_path = app; perform count(*) from elsewhere.things; end",
  },
  {
    name: "a search_path set by a function in the body",
    settings: "",
    body: "begin perform set_config('search_path', 'x', true); insert into anything values (1); end",
  },
  {
    name: "comments, quoting and odd spacing",
    head: '("Select" text, "a b" int) returns text',
    body: `-- it's a comment; with "quotes" and $$dollars
declare "End" text := 'it''s; end'; e text := E'a\\'b;'; d text := $q$ ; if then $q$; /* a /* nested; */ comment */
begin-- no space
  if("Select"='x')then e:=e||"End"||$$;$$;end if;
  e:=(-1)::text||(2-- ;
  )::text; "a b":="a b"+1;
  select/*into*/title/**/into/**/e from app.tasks where id="Select"and position<"a b"and(position)>-1;
  return U&'d\\0061t' || B'1'::text || e'\\\\' || "Select" || 1.5e3 || .5;
end;`,
  },
  {
    name: "perform, assert, null and raise in all forms",
    body: `
begin
  perform pg_notify('a', json_build_object('id', 1)::text);
  perform distinct id from app.tasks order by id;
  assert (select count(*) from app.tasks) >= 0, 'never ' || now();
  raise notice 'plain'; raise 'with % and %%', 1 + 1; raise debug '%', (select max(id) from app.tasks);
  raise division_by_zero; raise sqlstate 'P0001' using message = 'a', detail := 'b'; raise exception using errcode = '22012';
  raise exception unique_violation using message = 'Duplicate: ' || now();
  null;
exception when others then raise;
end`,
  },
  {
    name: "locks and their like",
    head: "(k text) returns setof app.tasks",
    body: `
declare t app.tasks;
begin
  perform pg_advisory_xact_lock(hashtext(k));
  lock table app.tasks in share mode;
  select * into strict t from app.tasks where id = k for no key update nowait;
  update app.tasks set title = 'claimed' where id = (select q.id from app.tasks q where q.title is null order by q.id for update skip locked limit 1);
  return query select * from app.tasks where id in (select id from app.tasks for share of tasks);
  return query update app.tasks set position = 1 where id = k returning *;
exception when lock_not_available then return;
end`,
  },
  {
    name: "queries with INTO in unusual places",
    head: "() returns text",
    body: `
declare a text; b int; r record; t app.tasks; x text[];
begin
  select into a title from app.tasks limit 1;
  select into strict a, b title, position from app.tasks where id = 'a';
  select title, position from app.tasks where id = 'a' into a, b;
  select into t * from app.tasks limit 1;
  with s as (select 'a' as z) select s.z into r from s;
  update app.tasks set title = 'a' returning title, position into a, b;
  delete from app.tasks where id = a returning * into t;
  select id, title into t.id, t.title from app.tasks;
  values (1, 2) into b, a;
  insert into app.tasks select t.*;
  select array(select id from app.tasks) into x;
  return a;
end`,
  },
  {
    name: "a view written to, a sequence, and generated columns",
    head: "() returns bigint",
    body: `
declare n bigint;
begin
  insert into app.open_tasks (id, position) values ('a', 1);
  insert into app.logs (what) values ('a') returning id into n;
  update app.open_tasks set title = 'b' where id = 'a';
  select id into n from app.logs where id = currval(pg_get_serial_sequence('app.logs', 'id'));
  return n;
end`,
  },
  {
    name: "recursion, window functions, laterals and grouping",
    head: "(root text) returns table (node text, depth int)",
    body: `
begin
  return query
  with recursive walk as (
    select t.id, 1 as level from app.tasks t where t.id = root
    union all select c.id, w.level + 1 from app.tasks c join walk w on c.created_by = w.id where w.level < 10
  ) select w.id, w.level from walk w;
  return query select t.id, (row_number() over (partition by t.organization_id order by t.created_at))::int
    from app.tasks t cross join lateral unnest(t.tags) as tag group by t.id having count(tag) filter (where tag ~ '^a') > 1;
end`,
  },
  {
    name: "a function that calls itself",
    head: "(n int) returns int",
    body: "begin if n < 2 then return 1; end if; return n * app.$f(n - 1); end",
  },
  {
    name: "a function that another resource may still make",
    head: "() returns int",
    body: "begin return app.made_later(1); end",
  },
  {
    name: "a function in a schema that another resource may still make",
    head: "() returns int",
    body: "begin return made_later.too(1); end",
  },
  {
    name: "a procedure with transactions",
    kind: "procedure",
    head: "(batch int)",
    settings: "",
    body: "declare n int; begin loop delete from app.logs where id in (select id from app.logs limit batch); get diagnostics n = row_count; commit; exit when n = 0; end loop; end",
  },
  {
    name: "types that copy types",
    head: "() returns void",
    body: "declare a app.tasks.id%type; b a%type := 'x'; c app.tasks.tags%type; d app.members%rowtype; begin select id into a from app.tasks where id = b and tags @> c; end",
  },
  {
    name: "conditions from found and quantifiers",
    head: "(p text) returns boolean",
    body: `begin
  select 1 from app.tasks where id = p into p;
  if not found or p is null then return false; end if;
  return found and p = any (array['a', 'b']) and p not in (select id from app.tasks);
end`,
  },
];
