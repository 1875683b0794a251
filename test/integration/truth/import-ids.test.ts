import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { kinds } from "../../../infra/kinds/registry.ts";
import { startTestServer, type TestServer } from "../../support/test-server.ts";
import { DirectProvider } from "./direct.ts";

const setup = `
  create schema private;
  create schema "Odd Schema";
  create type public."Role" as enum ('OWNER');
  create table public.import_tasks (id text, role public."Role");
  create table public."User" (id text);
  create table private.hidden (id text);
  create view public.import_view as select id from public.import_tasks;
  create materialized view public.import_copy as select id from public.import_tasks;
  alter table public."User" enable row level security;
  create policy "Own rows" on public."User" using (id = 'me');
  create policy nothing on public.import_tasks for select;
  create function private.f(text, text[]) returns text language sql as 'select $1';
  create function private.f(uuid) returns text language sql as 'select null::text';
  create function private.one(at timestamptz, size character varying) returns text language sql as 'select size';
  create function public.of_role(public."Role", public."Role"[]) returns text language sql as 'select null::text';
  create function public."Odd Name"("char") returns text language sql as 'select null::text';
  create function private.varied(variadic names text[], out found int) language sql as 'select 1';
  create publication "Changes" for table public.import_tasks;
  insert into storage.buckets (id, name) values ('Pictures', 'Pictures');`;

/** As psql, `regprocedure`, `format` or a person writes it, and the id by which the state keeps it. */
const accepted: readonly (readonly [kind: string, spelling: string, id: string])[] = [
  ["Function", "private.f(text,text[])", "private.f(text, text[])"],
  ["Function", "private.f(text, text[])", "private.f(text, text[])"],
  ["Function", "PRIVATE.F ( Text , _text )", "private.f(text, text[])"],
  ["Function", '"private"."f"(uuid)', "private.f(uuid)"],
  ["Function", "f(uuid)", "private.f(uuid)"],
  ["Function", "private.one(timestamptz,varchar)", "private.one(timestamp with time zone, character varying)"],
  [
    "Function",
    "private.one(at timestamptz, size varchar(20))",
    "private.one(timestamp with time zone, character varying)",
  ],
  ["Function", 'of_role("Role","Role"[])', 'public.of_role(public."Role", public."Role"[])'],
  ["Function", '"Odd Name"("char")', 'public."Odd Name"("char")'],
  ["Function", "private.varied(variadic text[])", "private.varied(text[])"],
  ["TableAccess", "import_tasks", "public.import_tasks"],
  ["TableAccess", "PUBLIC.Import_Tasks", "public.import_tasks"],
  ["TableAccess", '"User"', 'public."User"'],
  ["ExclusivePolicies", "import_tasks", "public.import_tasks"],
  ["ExclusivePolicies", '"storage"."objects"', "storage.objects"],
  ["Policy", '"User"/Own rows', 'public."User"/Own rows'],
  ["Policy", 'public."User"/"Own rows"', 'public."User"/Own rows'],
  ["Schema", '"Odd Schema"', "Odd Schema"],
  ["Publication", '"Changes"', "Changes"],
  ["Bucket", "Pictures", "Pictures"],
  ["Migrations", "prisma", "prisma"],
];

/** With what the error says beside, which is what to write. */
const refused: readonly (readonly [kind: string, spelling: string, says: string])[] = [
  ["Function", "private.f", "no function's id; write private.f(text, text[]) or private.f(uuid)"],
  [
    "Function",
    "private.f(int)",
    "the function private.f(int) does not exist. Write 'private.f(text, text[])' or 'private.f(uuid)'",
  ],
  ["Function", "private.F(uuid) x", "is no function's id; it looks like private.is_member(text)"],
  ["Function", "private.unknown()", "the function private.unknown() does not exist"],
  ["Function", "public.odd name(text)", "is no function's id"],
  ["TableAccess", "public.User", "the table public.user does not exist. Write 'public.\"User\"'"],
  ["TableAccess", "hidden", "the table public.hidden does not exist. Write 'private.hidden'"],
  ["TableAccess", "public.import_view", "public.import_view is a view, and only a table can be imported here"],
  ["TableAccess", "import_copy", "public.import_copy is a materialized view"],
  ["TableAccess", "storage.objects", "the platform owns the schema storage"],
  ["TableAccess", "pg_catalog.pg_class", "the table pg_catalog.pg_class does not exist"],
  ["TableAccess", "a.b.c", "has more than a schema and a name"],
  ["Policy", "Own rows", "is no policy's id; it looks like"],
  [
    "Policy",
    '"User"/own rows',
    'the policy own rows on public."User" does not exist. Write \'public."User"/Own rows\'',
  ],
  ["Policy", "public.User/Own rows", "Write 'public.\"User\"'"],
  ["ExclusivePolicies", "import_view", "is a view"],
  ["Schema", "odd schema", "the schema odd schema does not exist. Write 'Odd Schema'"],
  ["Schema", "auth", "the platform owns the schema auth"],
  ["Publication", "changes", "Write 'Changes'"],
  ["Bucket", "pictures", "Write 'Pictures'"],
  ["Bucket", "none", "the bucket none does not exist"],
  ["Migrations", "migrations", "always prisma"],
];

describe.each([18, 17, 15] as const)("the id of an import, on PostgreSQL %i", (major) => {
  let server: TestServer | undefined;
  let provider: DirectProvider;
  let url: string;

  beforeAll(async () => {
    server = await startTestServer(major);
    const database = await server.createDatabase();
    const client = new pg.Client(database.url);
    await client.connect();
    await client.query(setup);
    await client.query(
      "create table public._prisma_migrations (id text, checksum text, finished_at timestamptz, migration_name text, logs text, rolled_back_at timestamptz, started_at timestamptz, applied_steps_count int)",
    );
    await client.end();
    url = database.url;
    provider = new DirectProvider(url);
  });
  afterAll(async () => {
    await provider?.close();
    await server?.stop();
  });
  const read = async (kind: string, id: string) =>
    await provider.read(kind, "imported", { id, inputs: {}, outputs: {} });

  it("is tried of every kind, right and wrong", () => {
    for (const list of [accepted, refused]) {
      const tried = new Set(list.map(([kind]) => kind));
      expect(kinds.map(({ name }) => name).filter((name) => !tried.has(name))).toEqual([]);
    }
  });

  it.each(accepted)("of a %s may be written %s", async (kind, spelling, id) => {
    const found = await read(kind, spelling);
    expect(found?.id).toBe(id);
    // What it holds is a declaration: the next check finds nothing wrong with it, and nothing else in it.
    const next = new DirectProvider(url);
    const checked = await next.check(kind, "imported", found?.inputs, found?.inputs);
    await next.close();
    expect(checked).toEqual(
      kind === "Migrations" ? expect.objectContaining({ directory: "prisma/migrations" }) : found?.inputs,
    );
  });

  it.each(refused)("of a %s may not be written %s", async (kind, spelling, says) => {
    await expect(read(kind, spelling)).rejects.toThrow(says);
  });
});
