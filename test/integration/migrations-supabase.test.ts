import { unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { beforeAll, describe, expect, it } from "vitest";
import { readSnapshot } from "../../infra/catalog/read.ts";
import { tables } from "../../infra/catalog/tables.ts";
import { Database } from "../../infra/database/database.ts";
import { findSkipped, supabaseFolderProblem } from "../../infra/migrations/formats/supabase/folder.ts";
import { supabaseFormat } from "../../infra/migrations/formats/supabase/format.ts";
import { compareHistory } from "../../infra/migrations/history/history.ts";
import { migrationFolders, removeMigration, writeMigrations } from "../support/migration-folders.ts";
import { buildSupabasePush, type SupabasePush } from "../support/supabase-push.ts";
import { useMigrationsDatabase } from "./migrations-database.ts";

/** Scripts in which semicolons, white space and comments stand where a reader may go wrong. */
const scripts: Readonly<Record<string, string>> = {
  "20230101000000_plain": "create table public.a (id int primary key);\n\ninsert into public.a values (1);\n",
  "20230102000000_no_semicolon": "create table public.b (id int)",
  "20230103000000_windows": "create table public.c (id int);\r\ncomment on table public.c is 'one;\r\ntwo';\r\n",
  "20230104000000_function": `create function public.f(text) returns text language plpgsql as $body$
begin -- it isn't; the end
  return 'a;b' || $1 || $q$;$q$;
end;
$body$;
select public.f('it''s; "x"');`,
  "20230105000000_atomic": `create function public.g(int) returns int language sql begin atomic select $1 + 1; select (case when $1 > 0 then 1 else 2 end); end;
create table public."odd;name" (id int);`,
  "20230106000000_comments":
    "/* a /* nested; */ comment; */ create table public.d (id int); -- it's; over\n;;\n-- the end",
  // The CLI itself takes \' for the end of a text, and refuses the script.
  "20230107000000_escapes": String.raw`create table public.e (t text default e'\\;\n'); insert into public.e values ('\'), (U&'\0041;');`,
  "20230108000000_only_comments": "-- nothing; to do\n",
  "20230109000000_empty": "",
  "20230110000000_spaces": "\u00a0\u2003create table public.h (id int);\u00a0\n\u3000;\n",
  "20230111000000_unicode": 'create table public."ключ" ("名;前" text default \'🦀;\');\n',
  "20230112000000_many": Array.from({ length: 200 }, (_, index) => `insert into public.a values (${index + 10});`).join(
    "\n",
  ),
  "20230113000000_dump": "select pg_catalog.set_config('search_path', '', false);\ncreate table public.i (id int);",
  "20230114000000_after_dump": "create table public.j (id int);",
};

const [, folder] = migrationFolders.find(([name]) => name === "supabase") as (typeof migrationFolders)[number];

describe("supabase/migrations", () => {
  const at = useMigrationsDatabase(17);
  let push: SupabasePush | string;

  beforeAll(async () => {
    push = await buildSupabasePush((line) => console.error(line));
  }, 600_000);

  const write = (files: Readonly<Record<string, string>>) => writeMigrations(at.project, folder, files);
  const directory = () => join(at.project, folder.directory);
  const deploy = () => supabaseFormat.deploy({ connectionString: at.database.url, directory: directory() });
  const history = async () =>
    compareHistory(await supabaseFormat.readFolder(directory()), await supabaseFormat.readRecords(at.database.url));
  /** Nothing where the CLI can't be built. */
  const pushed = async () => (typeof push === "string" ? undefined : await push(at.project, at.database.url));
  const rows = async () =>
    (await at.client.query("select version, name, statements from supabase_migrations.schema_migrations order by 1"))
      .rows;

  // PostgreSQL takes no other spaces than ASCII ones; the CLI removes them before.
  const forPostgres = Object.fromEntries(
    Object.entries(scripts).map(([name, text]) => [name, text.replaceAll(/[\u00a0\u2003\u3000]/g, " ")]),
  );

  it("waits for its table as long as it is told, tells which session holds it, and changes nothing without it", async () => {
    write({ "20230101000000_plain": "create table public.a (id int)" });
    await at.client.query(`create schema supabase_migrations;
      create table supabase_migrations.schema_migrations (version text not null primary key)`);
    const holder = new pg.Client({ connectionString: at.database.url, application_name: "a long import" });
    await holder.connect();
    await holder.query("begin; insert into supabase_migrations.schema_migrations values ('1')");
    const lines: string[] = [];
    const limits = { lockTimeoutMilliseconds: 50, lockAttempts: 3 };
    const options = { connectionString: at.database.url, directory: directory(), ...limits };
    const deployment = supabaseFormat.deploy({ ...options, onProgress: (line) => lines.push(line) });
    await expect(deployment).rejects.toThrow(/^no lock could be had in \d+ attempts .*application a long import/);
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines) expect(line).toMatch(/^The table of migrations waits for a lock/);
    expect(await at.exists("public.a")).toBe(false);
    await holder.query("rollback");
    await holder.end();
    expect((await deploy()).applied).toEqual(["20230101000000_plain"]);
  });

  it("is applied whatever stands in the scripts, and leaves `supabase db push` nothing to do", async () => {
    write(forPostgres);
    expect((await deploy()).applied).toEqual(Object.keys(scripts));
    expect(await history()).toMatchObject({ applied: Object.keys(scripts), edited: [], pending: [] });
    expect((await pushed()) ?? []).toEqual([]);
    expect((await deploy()).applied).toEqual([]);
    expect((await rows())[0]).toEqual({
      version: "20230101000000",
      name: "plain",
      statements: ["create table public.a (id int primary key)", "insert into public.a values (1)"],
    });
  });

  it("leaves nothing to do after `supabase db push`, and takes nothing that it recorded for an edit", async ({
    skip,
  }) => {
    write(scripts);
    const applied = await pushed();
    if (applied === undefined) return skip(String(push));
    expect(applied).toEqual(Object.keys(scripts).map((name) => `${name}.sql`));
    expect(await history()).toMatchObject({ applied: Object.keys(scripts), edited: [], pending: [], missing: [] });
    expect((await deploy()).applied).toEqual([]);
  });

  it("is recorded as the CLI records it, statement by statement", async ({ skip }) => {
    const ordinary = Object.fromEntries(
      Object.entries(forPostgres).filter(([name]) => !/atomic|comments|empty/.test(name)),
    );
    write(ordinary);
    await deploy();
    const ours = await rows();
    const other = await at.createDatabase();
    if (typeof push === "string") return skip(push);
    await push(at.project, other.url);
    const theirs = new pg.Client(other.url);
    await theirs.connect();
    const { rows: expected } = await theirs.query(
      "select version, name, statements from supabase_migrations.schema_migrations order by 1",
    );
    await theirs.end();
    await other.drop();
    expect(ours).toEqual(expected);
  });

  it("takes turns with the CLI, migration by migration", async ({ skip }) => {
    write({ "20230101000000_a": "create table public.a (id int);" });
    await deploy();
    write({ "20230102000000_b": "create table public.b (id int);" });
    if (typeof push === "string") return skip(push);
    expect(await push(at.project, at.database.url)).toEqual(["20230102000000_b.sql"]);
    write({ "20230103000000_c": "create table public.c (id int);" });
    expect((await deploy()).applied).toEqual(["20230103000000_c"]);
    expect(await push(at.project, at.database.url)).toEqual([]);
  });

  it("knows an edit by what was recorded, and neither by spaces, line ends, semicolons nor a new name", async () => {
    write({ "1_a": "create table public.a (id int);\n", "2_b": "create table public.b (id int);\n" });
    await deploy();
    write({ "1_a": "create table public.a\r\n  (id int) ;;" });
    removeMigration(at.project, folder, "2_b");
    write({ "2_renamed": "create table public.b (id int);" });
    expect(await history()).toMatchObject({ applied: ["1_a", "2_renamed"], edited: [], pending: [], missing: [] });
    write({ "1_a": "create table public.a (id bigint);\n" });
    expect(await history()).toMatchObject({ edited: ["1_a"] });
    await expect(deploy()).rejects.toThrow(
      /the migration 1_a was edited after it was applied\. .*record it so, `npm run migrations -- resolve --applied 1_a`/,
    );
    await supabaseFormat.markApplied({ connectionString: at.database.url, directory: directory() }, "1_a");
    expect(await history()).toMatchObject({ applied: ["1_a", "2_renamed"], edited: [] });
  });

  it("goes on from the table of an older CLI, which has no statements and no names", async () => {
    await at.client.query(
      "create schema supabase_migrations; create table supabase_migrations.schema_migrations (version text not null primary key); insert into supabase_migrations.schema_migrations values ('1')",
    );
    write({ "1_a": "create table public.a (id int);" });
    expect(await history()).toMatchObject({ applied: ["1_a"], edited: [], missing: [] });
    write({ "2_b": "create table public.b (id int);" });
    expect((await deploy()).applied).toEqual(["2_b"]);
    expect(await rows()).toMatchObject([
      { version: "1", name: null },
      { version: "2", name: "b" },
    ]);
    expect((await pushed()) ?? []).toEqual([]);
  });

  it("takes the files that the CLI takes, in its order, and says which it leaves out", async ({ skip }) => {
    for (const file of ["20210101000000_init", "9_late", "10_early", "20230101000000_a", "20230101-b", "readme"])
      write({ [file]: `select 1;` });
    write({ "nested/20230101000000_c": "select 1;" });
    writeFileSync(join(directory(), "20230102000000_notes.md"), "");
    expect(await findSkipped(directory())).toEqual([
      "20230101-b.sql is left out, as by the Supabase CLI: its name is not <timestamp>_<name>.sql",
      "readme.sql is left out, as by the Supabase CLI: its name is not <timestamp>_<name>.sql",
    ]);
    const names = (await supabaseFormat.readFolder(directory())).map(({ name }) => name);
    if (typeof push === "string") return skip(push);
    expect(await push(at.project, at.database.url)).toEqual(names.map((name) => `${name}.sql`));
    unlinkSync(join(directory(), "10_early.sql"));
    expect(await findSkipped(directory())).toContainEqual(
      expect.stringContaining("20210101000000_init.sql is left out"),
    );
  });

  it("is no matter for a role that may not read its table, until that role asks for it", async () => {
    write({ "1_a": "create table public.a (id int);" });
    await deploy();
    await at.client.query(
      `create role visitor login password 'visitor'; grant connect on database ${at.database.database} to visitor`,
    );
    const url = Object.assign(new URL(at.database.url), { username: "visitor", password: "visitor" }).href;
    const visitor = new Database(url);
    const catalog = await readSnapshot(visitor, [supabaseFormat.records, tables]);
    await visitor.close();
    await at.client.query(`revoke connect on database ${at.database.database} from visitor; drop role visitor`);
    expect(catalog.tables.has("public.a")).toBe(true);
    expect(() => catalog.of(supabaseFormat.records)).toThrow(
      "the role visitor may not read supabase_migrations.schema_migrations. Grant it SELECT there",
    );
  });

  it("is refused where two files have one version, or none is a migration", async () => {
    write({ "1_a": "", "1_b": "" });
    expect(await supabaseFolderProblem(directory(), "supabase/migrations")).toContain(
      "1_a.sql and 1_b.sql in supabase/migrations have the same version, 1,",
    );
    for (const name of ["1_a", "1_b"]) removeMigration(at.project, folder, name);
    write({ first: "" });
    expect(await supabaseFolderProblem(directory(), "supabase/migrations")).toContain(
      "it takes files named <timestamp>_<name>.sql, and first.sql is none",
    );
  });
});
