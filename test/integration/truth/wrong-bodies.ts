/** A body in PL/pgSQL that PostgreSQL accepts and that fails when it runs. */
export interface WrongBody {
  readonly name: string;
  /** What stands between the function's name and its body; default: `() returns void`. */
  readonly head?: string;
  readonly settings?: string;
  readonly body: string;
  readonly line: number;
  readonly message: string | RegExp;
}

export const wrongBodies: readonly WrongBody[] = [
  {
    name: "a mistyped column in RETURN QUERY",
    head: "() returns setof text",
    body: `
begin
  return query
  select m.organisation_id
  from app.members as m;
end`,
    line: 4,
    message: 'column m.organisation_id does not exist. Perhaps you meant to reference the column "m.organization_id"',
  },
  {
    name: "a mistyped column beside a parameter",
    head: "(organization text) returns boolean",
    body: `begin
  return exists (select from app.members m where m.org = wrong.organization);
end`.replace("wrong.", "$f."),
    line: 2,
    message: "column m.org does not exist",
  },
  {
    name: "a table that is not there",
    body: "begin\n\n  perform id from app.taks;\nend",
    line: 3,
    message: 'relation "app.taks" does not exist',
  },
  {
    name: "a schema that is not there",
    body: "declare n int;\nbegin\n  select count(*) into n from ap.tasks;\nend",
    line: 3,
    message: 'relation "ap.tasks" does not exist',
  },
  {
    name: "a table without its schema under an empty search_path",
    body: "declare n int; begin\n select count(*) into n from tasks; end",
    line: 2,
    message: 'relation "tasks" does not exist',
  },
  {
    name: "a table without its schema that is in no schema",
    settings: "",
    body: "declare n int; begin\n select count(*) into n from taskz; end",
    line: 2,
    message: 'relation "taskz" does not exist',
  },
  {
    name: "a function of an extension under an empty search_path",
    head: "() returns uuid",
    body: "begin\n  return uuid_generate_v4();\nend",
    line: 2,
    message: /^function uuid_generate_v4\(\) does not exist/,
  },
  {
    name: "a misspelt function of the platform",
    head: "() returns uuid",
    body: "begin\n  return auth.user_id();\nend",
    line: 2,
    message: /^function auth\.user_id\(\) does not exist/,
  },
  {
    name: "a misspelt function of one's own",
    head: "() returns text",
    body: "begin\n  return app.curent_user_id();\nend",
    line: 2,
    message: /^function app\.curent_user_id\(\) does not exist\..* Perhaps you meant the function app\.current_user_id/,
  },
  {
    name: "a function with the wrong arguments",
    head: "(a uuid) returns boolean",
    body: "begin\n  return app.is_member(a);\nend",
    line: 2,
    message: /^function app\.is_member\(uuid\) does not exist/,
  },
  {
    name: "types that have no operator",
    head: "() returns setof app.tasks",
    body: "begin\n  return query select * from app.tasks t where t.created_by = auth.uid();\nend",
    line: 2,
    message: /^operator does not exist: text = uuid/,
  },
  {
    name: "a local variable of another type than the column",
    body: "declare\n  who uuid := auth.uid();\n  n int;\nbegin\n  select count(*) into n from app.tasks t\n  where t.created_by = who;\nend",
    line: 5,
    message: /^operator does not exist: text = uuid/,
  },
  {
    name: "a variable that copies a column's type",
    body: "declare\n  who app.tasks.position%type;\n  same who%type;\n  n int;\nbegin\n  select count(*) into n from app.tasks t where t.id = same;\nend",
    line: 6,
    message: /^operator does not exist: text = integer/,
  },
  {
    name: "a mistyped column in an INSERT",
    head: "(a text) returns void",
    body: "begin\n  insert into app.tasks (id, organisation_id)\n  values (a, 'x');\nend",
    line: 2,
    message: 'column "organisation_id" of relation "tasks" does not exist',
  },
  {
    name: "an INSERT of more values than columns",
    body: "begin\n  insert into app.tasks (id)\n  values ('a', 'x');\nend",
    line: 2,
    message: "INSERT has more expressions than target columns",
  },
  {
    name: "an INSERT of another type",
    body: "declare j jsonb := '{}'; begin\n  insert into app.tasks (id, position)\n  values ('a', j);\nend",
    line: 2,
    message: /^column "position" is of type integer but expression is of type jsonb/,
  },
  {
    name: "a mistyped column in an UPDATE",
    head: "(a text) returns void",
    body: "begin\n  update app.tasks set titel = 'x' where id = a;\nend",
    line: 2,
    message: /^column "titel" of relation "tasks" does not exist/,
  },
  {
    name: "a mistyped column in the condition of an UPDATE",
    head: "(a text) returns void",
    body: "begin\n  update app.tasks t\n  set title = 'x'\n  where t.idd = a;\nend",
    line: 4,
    message: /^column t\.idd does not exist\. Perhaps you meant to reference the column "t\.id"/,
  },
  {
    name: "a mistyped column in a DELETE",
    body: "begin\n  delete from app.tasks\n  where expires_at < now();\nend",
    line: 3,
    message: 'column "expires_at" does not exist',
  },
  {
    name: "a mistyped column in ON CONFLICT",
    body: "begin\n  insert into app.members (user_id, organization_id)\n  values ('a', 'b') on conflict (user_id, organization_id)\n  do update set role = excluded.rol;\nend",
    line: 4,
    message: /^column excluded\.rol does not exist/,
  },
  {
    name: "a mistyped column in RETURNING",
    head: "(out made text) returns text",
    body: "begin\n  insert into app.tasks (id) values ('a')\n  returning task_id into made;\nend",
    line: 3,
    message: 'column "task_id" does not exist',
  },
  {
    name: "a mistyped column of a row that a trigger makes",
    head: "() returns trigger",
    body: "begin\n  insert into app.profiles (id, full_nme, email)\n  values (new.id, new.raw_user_meta_data ->> 'full_name', new.email);\n  return new;\nend",
    line: 2,
    message: 'column "full_nme" of relation "profiles" does not exist',
  },
  {
    name: "a mistyped table in a trigger whose errors are caught",
    head: "() returns trigger",
    body: "begin\n  insert into app.profile (id) values (new.id);\n  return new;\nexception when others then\n  raise warning 'profile: %', sqlerrm;\n  return new;\nend",
    line: 2,
    message: 'relation "app.profile" does not exist',
  },
  {
    name: "a mistyped column in the query of a loop",
    body: "declare r record;\nbegin\n  for r in select id, titl from app.tasks loop\n    raise notice '%', r.id;\n  end loop;\nend",
    line: 3,
    message: /^column "titl" does not exist/,
  },
  {
    name: "a mistyped column inside a loop over records",
    body: "declare r record;\nbegin\n  for r in select id from app.tasks loop\n    update app.tasks set done = true where id = r.id;\n  end loop;\nend",
    line: 4,
    message: 'column "done" of relation "tasks" does not exist',
  },
  {
    name: "a mistyped column in a condition",
    body: "begin\n  if exists (select 1 from app.tasks where titl = 'a') then\n    return;\n  elsif true then\n    null;\n  end if;\nend",
    line: 2,
    message: /^column "titl" does not exist/,
  },
  {
    name: "a mistyped column in the default of a variable",
    body: "declare\n  n int := (select max(pos) from app.tasks);\nbegin\n  null;\nend",
    line: 2,
    message: 'column "pos" does not exist',
  },
  {
    name: "a mistyped column in a cursor",
    body: "declare\n  c cursor (k text) for\n    select * from app.tasks where idd = k;\nbegin\n  for r in c('a') loop null; end loop;\nend",
    line: 3,
    message: /^column "idd" does not exist/,
  },
  {
    name: "a mistyped column of a table whose rows are locked",
    body: "begin\n  perform 1 from app.tasks t where t.idd = 'a' for update of t skip locked;\nend",
    line: 2,
    message: /^column t\.idd does not exist/,
  },
  {
    name: "a type that is not there",
    head: "(a text) returns boolean",
    body: "begin\n  return a::app.task_state = 'open';\nend",
    line: 2,
    message: 'type "app.task_state" does not exist',
  },
  {
    name: "a field that a row has not",
    head: "() returns text",
    body: "declare t app.tasks;\nbegin\n  select * into t from app.tasks limit 1;\n  return t.titel || 'x';\nend",
    line: 4,
    message: 'variable "t" has no such field',
  },
  {
    name: "two mistakes, the first of them told first",
    body: "begin\n  perform app.is_member('a', 'b');\n  delete from app.tasks where idd = 'a';\nend",
    line: 2,
    message: /^function app\.is_member\(unknown, unknown\) does not exist.*\n.*line 3 of the body.*idd/s,
  },
  {
    name: "a mistake in an inner block with a handler of another kind",
    body: "begin\n  begin\n    insert into app.members (userid) values ('a');\n  exception when unique_violation then\n    null;\n  end;\nend",
    line: 3,
    message: /^column "userid" of relation "members" does not exist/,
  },
  {
    name: "a mistyped column after a value that is put together",
    body: "declare n int;\nbegin\n  execute 'select count(*) from app.tasks' into n;\n  select count(*) into n from app.tasks where idd = 'a';\nend",
    line: 4,
    message: /^column "idd" does not exist/,
  },
  {
    name: "a body in quotation marks with letters of several bytes",
    body: "begin\n  -- „Größe“ 😀\n  raise notice 'ä %', (select größe from app.tasks where title = 'ß' limit 1);\nend",
    line: 3,
    message: 'column "größe" does not exist',
  },
];
