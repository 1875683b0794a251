-- What the corpus is written against: one table of every column type people test in policies, tables and columns with names
-- that need quotes, and tables, types and operators of one name in two schemas.

create schema if not exists other;
create schema if not exists "Odd Schema";
create schema if not exists private;
create extension if not exists citext schema extensions;
create extension if not exists ltree schema extensions;
create extension if not exists hstore schema extensions;

create type public.task_status as enum ('open', 'in progress', 'done', 'Won''t do', 'erledigt ✓');
create type public."Role" as enum ('OWNER', 'ADMIN', 'MEMBER');
create type other.task_status as enum ('open', 'closed');
create type public.address as (street text, zip varchar(10));
create domain public.short_text as varchar(20) check (length(value) < 20);
create domain public.positive as integer check (value > 0);

create table public.tasks (
  id text primary key,
  organization_id text not null,
  project_id text,
  parent_id text references public.tasks (id),
  assignee_id uuid,
  status public.task_status not null default 'open',
  role public."Role",
  priority integer default 0,
  small smallint,
  big bigint,
  amount numeric(10, 2),
  ratio double precision,
  precise real,
  title varchar(200),
  code char(8),
  "char" "char",
  label public.short_text,
  size public.positive,
  email extensions.citext,
  path extensions.ltree,
  extra extensions.hstore,
  labels text[],
  codes varchar(8)[],
  matrix integer[][],
  roles public."Role"[],
  members uuid[],
  data jsonb,
  settings json,
  is_public boolean not null default false,
  is_archived boolean,
  due timestamptz,
  started timestamp,
  day date,
  at time,
  takes interval,
  period tstzrange,
  days daterange,
  span int4range,
  address inet,
  network cidr,
  flags bit(8),
  bits varbit,
  raw bytea,
  words tsvector,
  place point,
  home public.address,
  price money,
  document xml,
  relation regclass,
  owner name default current_user
);

create table public.organizations (id text primary key, name text, plan text, parent_id text, settings jsonb);
create table public.organization_members (
  organization_id text not null references public.organizations (id),
  user_id text not null,
  role public."Role" not null default 'MEMBER',
  primary key (organization_id, user_id)
);
create table public.projects (id text primary key, organization_id text not null, name text, is_public boolean);

-- One name in two schemas, with other types.
create table other.tasks (id uuid primary key, organization_id uuid, status other.task_status, title text, due date);
create table other.projects (id uuid primary key, tasks text, project text);

-- Names that need quotes, hold quotes, or mean something else without them.
create table public."Task Items" (
  "id" text primary key,
  "organizationId" text,
  "select" text,
  "Order" integer,
  "user" text,
  "a ""quoted"" name" text,
  "it's" text,
  "back\slash" text,
  "semi;colon" text,
  "dash--dash" text,
  "名前" text,
  "ünïcode" text,
  "😀" boolean,
  "$dollar" text,
  "a.b" text,
  " padded " text,
  "null" text,
  "true" boolean,
  "date" date,
  "x" integer,
  "Task Items" text
);
create table "Odd Schema"."Odd.Table" ("Key" text primary key, "value" jsonb, tasks text, "Odd.Table" text);
create table public."user" (id text primary key, "user" text, name text, "group" text);

create table public.events (id text not null, organization_id text, happened date not null, primary key (id, happened))
  partition by range (happened);
create table public.events_2025 partition of public.events for values from ('2025-01-01') to ('2026-01-01');
create table public.notes (id text primary key, organization_id text, body text);
create table public.private_notes (secret text) inherits (public.notes);
create view public.member_names as select organization_id, user_id as member from public.organization_members;

create function private.current_user_id() returns text language sql stable set search_path = pg_catalog, pg_temp as
  $$ select current_setting('request.jwt.claims', true)::jsonb ->> 'sub' $$;
create function private.my_organizations() returns setof text language sql stable security definer set search_path = '' as
  $$ select organization_id from public.organization_members where user_id = private.current_user_id() $$;
create function private.is_member(organization text) returns boolean language sql stable security definer set search_path = '' as
  $$ select organization in (select private.my_organizations()) $$;
create function private.is_member(organization uuid) returns boolean language sql stable as
  $$ select private.is_member(organization::pg_catalog.text) $$;
create function private.has_role(organization text, role public."Role" default 'MEMBER', variadic others public."Role"[] default '{}')
  returns boolean language sql stable as $$ select true $$;
create function private.can_see(task public.tasks) returns boolean language sql stable as $$ select task.is_public $$;
create function public.title_length(task public.tasks) returns integer language sql stable as $$ select length(task.title) $$;
create function private."Is Admin"("the organization" text) returns boolean language sql stable as $$ select true $$;
create function private.has_plan(organization text, plan text default 'pro', seats integer default 1) returns boolean language sql stable as $$ select true $$;
create function other.same_text(text, text) returns boolean language sql immutable as $$ select $1 = $2 $$;
create operator other.=== (leftarg = text, rightarg = text, function = other.same_text);
create operator public.<=> (leftarg = text, rightarg = text, function = other.same_text);
