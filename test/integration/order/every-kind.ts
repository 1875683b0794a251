import * as palisade from "../../../infra/index.ts";

/** The files of a program with every kind of resource, which names all that it needs and writes `dependsOn` nowhere. */
export const migration = `
create table public.teams (id text primary key);
create table public.members (team_id text references public.teams (id), user_id text, primary key (team_id, user_id));
create table public.notes (id int primary key, team_id text default defaults.first_team() references public.teams (id), body text);
create view public.note_counts as select team_id, count(*) from public.notes group by team_id;
create sequence public.note_numbers;
create function public.note_total() returns bigint language sql as 'select count(*) from public.notes';
create schema reports;
create table reports.daily (day date primary key);
alter table reports.daily owner to postgres;
grant select on reports.daily to analyst`;

/** Statements that may stand in any order. */
export const statements: readonly string[] = [
  `new Migrations("migrations", { directory: "migrations" });`,
  // What the migrations need, what they make, and neither.
  `new Role("analyst", { settings: { search_path: ["reports"] } });`,
  `new DefaultPrivileges("new reports", { schema: "reports", objects: "tables", grants: { analyst: ["select"] } });`,
  `new Schema("defaults");`,
  `new Schema("reports");`,
  `new Schema("helpers");`,
  `new Extension("hstore", { schema: "helpers" });`,
  `new DatabaseFunction("first team", { definition: "create function defaults.first_team() returns text language sql as $$ select 'first' $$" });`,
  // SQL bodies are looked into when they are made, those of PL/pgSQL are not: these two call each other.
  `new DatabaseFunction("user", { definition: "create function helpers.current_user_id() returns text language sql stable as $$ select current_setting('request.jwt.claim.sub', true) $$", execute: ["authenticated"] });`,
  `new DatabaseFunction("member", { definition: pulumi.output(\`create function helpers.is_member(team text) returns boolean language sql stable security definer set search_path = 'helpers'
    as 'select exists (select from public.members where team_id = team and user_id = current_user_id())'\`), execute: ["authenticated"] });`,
  `new DatabaseFunction("even", { definition: "create function helpers.is_even(n int) returns boolean language plpgsql as $$ begin return n = 0 or helpers.is_odd(n - 1); end $$" });`,
  `new DatabaseFunction("odd", { definition: "create function helpers.is_odd(n int) returns boolean language plpgsql as $$ begin return n <> 0 and helpers.is_even(n - 1); end $$" });`,
  `new DatabaseFunction("trusted", { definition: "create function helpers.is_trusted(note public.notes) returns boolean begin atomic return helpers.is_member((note).team_id); end", execute: ["authenticated"] });`,
  `new TableAccess("teams", { table: "public.teams", policies: { teams_select: { command: "select", roles: ["authenticated"], using: "(select helpers.is_member(id))" } }, grants: { authenticated: ["select"] } });`,
  `new TableAccess("members", { table: new TableReference("public", "members"), policies: { members_select: { command: "select", roles: ["authenticated"], using: sql\`user_id = (select helpers.current_user_id())\` } }, grants: { authenticated: ["select"] } });`,
  `new TenantTable("notes", { table: defineTable("public", "notes", {}), members: sql\`\${{ signature: pulumi.output("helpers.is_trusted(public.notes)") }}(notes)\` });`,
  `new ViewAccess("note counts", { view: "public.note_counts", grants: { authenticated: ["select"] } });`,
  `new SequenceAccess("note numbers", { sequence: "public.note_numbers", grants: { authenticated: ["usage"] } });`,
  `new FunctionAccess("note total", { function: "public.note_total()", execute: ["authenticated"] });`,
  `new DatabaseFunction("stamp", { definition: "create function helpers.stamp() returns trigger language plpgsql as $$ begin return new; end $$" });`,
  `new Trigger("stamp notes", { table: "public.notes", timing: "before", events: ["insert"], function: "helpers.stamp" });`,
  `new Trigger("stamp users", { table: "auth.users", timing: "after", events: ["insert"], when: "new.id is not null", function: "helpers.stamp()" });`,
  `new TableAccess("history", { table: "public._prisma_migrations" });`,
  `new TableAccess("daily", { table: Promise.resolve("reports.daily"), grants: { analyst: ["select"] } });`,
  `new Perimeter("api", { enforce: "close" });`,
  `new Bucket("plans");`,
  `new Policy("plans are read by members", { table: "storage.objects", command: "select", roles: ["authenticated"], using: "bucket_id = 'plans' and helpers.is_member((storage.foldername(name))[1])" });`,
  `new FileBucket("photos", { readableBy: sql\`helpers.is_member(\${firstFolder})\` });`,
  `new ExclusivePolicies("storage.objects", { table: "storage.objects", policies: ["plans are read by members", "photos_select"] });`,
  `new RealtimeTopic("team", { prefix: "team:", receivableBy: (id) => sql\`(select helpers.is_member(\${id}))\` });`,
  `new Publication("supabase_realtime", { tables: ["public.notes"] });`,
];

export function writeProgram(body: readonly string[]): string {
  const names = Object.keys(palisade).filter((name) => name !== "Function");
  return `import * as pulumi from "@pulumi/pulumi";
import { ${names.join(", ")} } from "pulumi-palisade";
${body.join("\n")}
`;
}
