import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readDiagnostics } from "../../support/pulumi-output.ts";
import { type MigrationsStack, openMigrationsStack } from "../migrations-stack.ts";

const view =
  "create or replace view public.task_totals as select owner_id, count(*) as tasks from public.tasks group by owner_id";
const search =
  "create function public.search(text) returns setof public.tasks language sql stable as 'select * from public.tasks where title like $1'";

const program = (more = "") => `
  import { FunctionAccess, Migrations, SequenceAccess, TableAccess, ViewAccess } from "pulumi-palisade";
  new Migrations("migrations", { directory: "migrations" });
  new TableAccess("tasks", { table: "public.tasks", grants: { authenticated: ["select", "insert"] }, policies: {
    own: { roles: ["authenticated"], using: "owner_id = current_setting('request.jwt.claim.sub', true)" } } });
  new ViewAccess("task totals", { view: "public.task_totals", grants: { authenticated: { select: ["tasks"${more}] } } });
  new SequenceAccess("task numbers", { sequence: "public.tasks_id_seq" });
  new FunctionAccess("search", { function: "public.search(text)", execute: ["authenticated"] });`;

/** What anybody, and whoever signed in, may do. */
const rights = `select
  has_any_column_privilege('anon', 'public.task_totals', 'select') as "anon sees totals",
  has_any_column_privilege('authenticated', 'public.task_totals', 'select') as "members see totals",
  has_column_privilege('authenticated', 'public.task_totals', 'owner_id', 'select') as "members see owners",
  (select reloptions::text from pg_class where oid = 'public.task_totals'::regclass) as options,
  has_sequence_privilege('anon', 'public.tasks_id_seq', 'update') as "anon sets numbers",
  has_function_privilege('anon', 'public.search(text)', 'execute') as "anon searches",
  has_function_privilege('authenticated', 'public.search(text)', 'execute') as "members search"`;

const asDeclared = {
  "anon sees totals": false,
  "members see totals": true,
  "members see owners": false,
  options: "{security_invoker=true}",
  "anon sets numbers": false,
  "anon searches": false,
  "members search": true,
};

describe("access to what migrations make, where default privileges open all of it", () => {
  let at: MigrationsStack;
  beforeAll(async () => {
    at = await openMigrationsStack(17, { program: program() });
    await at.client.query(
      ["tables", "sequences", "functions"]
        .map((objects) => `alter default privileges in schema public grant all on ${objects} to anon, authenticated`)
        .join(";"),
    );
    at.migration(
      "1_tasks",
      `create table public.tasks (id int generated always as identity primary key, owner_id text, title text); ${view}; ${search}`,
    );
  });
  afterAll(async () => await at?.close());

  it("is checked before the migration has made it", async () => {
    at.stack.write(program(', "owner"'));
    const preview = await at.stack.preview();
    expect(readDiagnostics(preview).get("ViewAccess task totals")?.join(" ")).toMatch(
      /column "owner" of relation public\.task_totals does not exist/,
    );
    at.stack.write(program());
  });

  it("is as declared after the update that makes it, and no difference then", async () => {
    const up = await at.stack.up();
    expect(up.exitCode, up.output).toBe(0);
    expect(await at.stack.sql(rights)).toEqual([asDeclared]);
    const preview = await at.stack.preview("--expect-no-changes");
    expect(preview.exitCode, preview.output).toBe(0);
  });

  it("is as declared after a migration that makes it anew, which the preview tells", async () => {
    at.migration(
      "2_again",
      `${view}; drop view public.task_totals; ${view}; alter view public.task_totals set (security_invoker = off); drop function public.search(text); ${search}`,
    );
    const preview = await at.stack.preview();
    expect(readDiagnostics(preview).get("Migrations migrations")?.join(" ")).toMatch(
      /2_again has public\.task_totals read with the rights of its owner, which the resource task totals declares otherwise: the update changes that back in the migration's own transaction/,
    );
    // Where a transaction ends with the rights that default privileges gave, anybody has them until the next one.
    at.migration(
      "3_look",
      `do $$ begin if has_function_privilege('anon', 'public.search(text)', 'execute') then raise 'it is open'; end if; end $$`,
    );
    const up = await at.stack.up();
    expect(up.exitCode, up.output).toBe(0);
    expect(await at.stack.sql(rights)).toEqual([asDeclared]);
    const after = await at.stack.preview("--expect-no-changes");
    expect(after.exitCode, after.output).toBe(0);
  });

  it.each([
    [
      "ViewAccess task totals",
      "drop view public.task_totals",
      /it uses public\.task_totals, which the pending migration 4_gone drops/,
    ],
    [
      "FunctionAccess search",
      "drop function public.search(text)",
      /it uses public\.search, which the pending migration 4_gone drops/,
    ],
  ])("is refused where a migration takes it away: %s", async (resource, script, says) => {
    at.migration("4_gone", script);
    const preview = await at.stack.preview();
    at.remove("migrations/4_gone");
    expect(preview.exitCode).not.toBe(0);
    expect(readDiagnostics(preview).get(resource)?.join(" ")).toMatch(says);
  });
});

describe("what migrations create by statements that fail where it is there already", () => {
  let at: MigrationsStack;
  beforeAll(async () => {
    const program = `
      import { Bucket, DatabaseFunction, Extension, Migrations, Role, Schema, TableAccess } from "pulumi-palisade";
      new Bucket("docs", {});
      new Extension("pg_trgm", { schema: "public" });
      new Role("made_reader", {});
      new Role("authenticator", { memberOf: { anon: {}, authenticated: {}, service_role: {}, made_reader: {} } });
      new Schema("made", { grants: { made_reader: ["usage"] } });
      new DatabaseFunction("answer", { definition: "create function made.answer() returns int language sql as 'select 42'", execute: ["made_reader"] });
      new TableAccess("notes", { table: "public.notes", grants: { made_reader: ["select"] } });
      new Migrations("migrations", { directory: "migrations" });`;
    at = await openMigrationsStack(17, { program });
    at.migration(
      "1_all",
      `create extension pg_trgm schema public;
       create role made_reader; grant made_reader to authenticator;
       create schema made;
       create function made.answer() returns int language sql as 'select 42';
       create table public.notes (id int primary key, title text);
       insert into storage.buckets (id, name) values ('docs', 'docs');`,
    );
  });
  afterAll(async () => await at?.close());

  it("is declared by resources that come after the migrations by themselves, and no difference then", async () => {
    const up = await at.stack.up("--config", "palisade:adopt=true");
    expect(up.exitCode, up.output).toBe(0);
    const preview = await at.stack.preview("--expect-no-changes");
    expect(preview.exitCode, preview.output).toBe(0);
  });
});
