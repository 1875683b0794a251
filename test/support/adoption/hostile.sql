-- Names and texts that a program must get right letter by letter. Run by postgres.
create schema "My ""Schema""";
create schema "weird.dots/and*/";
do $$ begin
  if not exists (select from pg_roles where rolname = 'report "reader"') then create role "report ""reader"""; end if;
  if not exists (select from pg_roles where rolname = 'default') then create role "default"; end if;
end $$;
grant "report ""reader""" to authenticated;
grant usage on schema "My ""Schema""" to "report ""reader""", "default";

create table "My ""Schema"""."select" ("order" int primary key, "user" uuid, "a`b${c}" text, "линия" text, "new
line" text, constructor text, "class" text default 'x');
create table "My ""Schema"""."Select" (id int generated always as identity, serial_id serial, "a b" text, "a_b" text, "aB" text);
create table "weird.dots/and*/"."// comment" (id int, "hasOwnProperty" bool);
create table public."🦊 fox" (id int, "🦊" text);
create table public.delete (id int, "then" text, "default" bool, "$table" text, "$columns" text);
create table public.parent (id int, at date, owner uuid) partition by range (at);
create table public."parent_2026" partition of public.parent for values from ('2026-01-01') to ('2027-01-01');
create table public.child () inherits (public.delete);

alter table "My ""Schema"""."select" enable row level security;
alter table "My ""Schema"""."Select" enable row level security;
alter table "My ""Schema"""."Select" force row level security;
alter table public.parent enable row level security;
alter table public."🦊 fox" enable row level security;
create policy "it's ""quoted"" `${x}` \ */ //" on "My ""Schema"""."select" for select to "report ""reader""", "default"
  using ("a`b${c}" <> 'back\slash `tick` ${value} "q" ''s''' and "линия" ~ '^\w+\d$' and "new
line" is distinct from E'line\r\nbreak\ttab' and "user" = (select auth.uid()));
comment on policy "it's ""quoted"" `${x}` \ */ //" on "My ""Schema"""."select" is 'Comment with ` and ${x} and \n and */ and 🦊
second line';
create policy "constructor" on "My ""Schema"""."Select" as restrictive to public using ("a b" = "a_b" or "aB" like '100\%') with check (false);
create policy "toString" on "My ""Schema"""."Select" for select to public using ("a b" = 'valueOf');
create policy "__proto__" on public.parent using (false);
create table public."toString" ("toString" text, "__proto__" int);
create policy "valueOf" on public."toString" using ("toString" = 'constructor' and "__proto__" > 0);
create policy all_of_it on public.parent using (owner = (select auth.uid()) and at > date '2026-01-01' - interval '1 day');
create policy fox on public."🦊 fox" for update to authenticated using ("🦊" <> '🦊🦊') with check (exists (select from public.delete d where d.id = "🦊 fox".id and d."then" = 'x'));

grant select ("order", "a`b${c}") on "My ""Schema"""."select" to "report ""reader""" with grant option;
grant update ("class") on "My ""Schema"""."select" to "default";
grant all on public.delete to anon, authenticated, service_role;
grant all on all sequences in schema "My ""Schema""" to anon, authenticated;
grant select on public."🦊 fox" to authenticated with grant option;

create function public.overloaded() returns int language sql as 'select 1';
create function public.overloaded(int) returns int language sql as 'select $1';
create function public.overloaded(a text, variadic b int[]) returns int language sql as 'select 1';
create function public."Overloaded"(x int default 3, out y int, out z text) language sql as 'select 1, ''a''';
create function "My ""Schema"""."do it; drop -- table"(text) returns text language plpgsql security definer set search_path = '' as
$body$
begin
  -- `${template}` \ backslash $function$ $$ dollar
  return $function$ it's $function$ || $1 || '🦊';
end
$body$;
create function public.crlf() returns text language sql as E'select ''a''\r\n  || ''b''';
create procedure public.proc(inout a int) language plpgsql as 'begin a := a + 1; end';
create aggregate public.sum_up(int) (sfunc = int4pl, stype = int, initcond = '0');
create function public.touch() returns trigger language plpgsql as 'begin return new; end';
revoke execute on function public.overloaded(int) from public;
grant execute on function public.overloaded(int) to "report ""reader""";
grant execute on function public.crlf() to authenticated with grant option;

create trigger "🦊 trigger `${x}`" before update of "a`b${c}", "order" on "My ""Schema"""."select" for each row
  when (old."линия" is distinct from new."линия" and new."a`b${c}" <> '`${x}`') execute function public.touch('it''s', '`${x}`', '\');
create trigger late after insert on public.parent for each row execute function public.touch();
create view public."view ""of"" it" with (security_invoker = true, security_barrier = true) as select * from public.delete;
create view public.plain_view as select id from public."🦊 fox";
create materialized view "My ""Schema""".totals as select count(*) as n from public.delete;
grant select on public."view ""of"" it" to authenticated;
create sequence "My ""Schema"""."seq """;
create rule "no `delete`" as on delete to public.delete do instead nothing;

alter default privileges in schema "My ""Schema""" grant select on tables to "report ""reader""";
alter default privileges in schema public grant all on functions to anon;
insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
  values ('it''s (a) bucket', 'it''s (a) bucket', false, 1048576, array['image/*', 'application/vnd.ms-excel']);
create policy "select ""a"" `b` ${c}" on storage.objects for select to authenticated
  using (bucket_id = 'it''s (a) bucket' and (storage.foldername(name))[1] = (select auth.uid())::text and metadata ->> '`${x}`' is null);
create policy "Users see themselves" on auth.users for select to authenticated using (id = (select auth.uid()));
create trigger on_user after insert on auth.users for each row execute function public.touch();
create publication "pub ""x""" for table public."🦊 fox" (id), public.delete where (id > 3) with (publish = 'insert');
alter publication supabase_realtime add table "My ""Schema"""."select";
