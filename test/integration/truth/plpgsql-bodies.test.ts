import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deployPrismaMigrations } from "../../../infra/migrations/deployment/deploy-migrations.ts";
import { quoteIdentifier, quoteLiteral } from "../../../infra/sql/quote.ts";
import type { Properties } from "../../../infra/values/properties.ts";
import { hostileName, hostileText } from "../../support/hostile.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";
import { TestStack } from "../../support/stack.ts";
import { startTestServer, type TestDatabase } from "../../support/test-server.ts";
import { DirectProvider } from "./direct.ts";
import { rightBodies } from "./right-bodies.ts";
import { wrongBodies } from "./wrong-bodies.ts";

const schema = `
  create schema app authorization postgres; create schema private authorization postgres;
  create table app.members (user_id text, organization_id text, role text default 'MEMBER', primary key (user_id, organization_id));
  create table app.tasks (id text primary key, organization_id text, title text, position int, tags text[], payload jsonb, created_by text,
    created_at timestamptz default now(), search tsvector generated always as (to_tsvector('simple', title)) stored);
  create table app.profiles (id uuid primary key, full_name text, email text, avatar_url text, updated_at timestamptz);
  create table app.logs (id bigint generated always as identity primary key, what text, data jsonb, at timestamptz default now());
  create table public.counters (name text primary key, value bigint not null default 0);
  create type app.mood as enum ('good', 'bad');
  create view app.open_tasks as select * from app.tasks where position > 0;
  create function app.current_user_id() returns text language sql stable as 'select ''a''::text';
  create function app.is_member(organization text) returns boolean language sql stable as 'select true';
  create function app.task_name(app.tasks) returns text language sql stable as 'select $1.title';
  create procedure app.tidy(inout n int) language plpgsql as 'begin n := 1; end';
  alter table app.members owner to postgres; alter table app.tasks owner to postgres; alter table app.profiles owner to postgres;
  alter table app.logs owner to postgres; alter table public.counters owner to postgres; alter view app.open_tasks owner to postgres;
  grant usage on type app.mood to postgres;
`;

describe.each([18, 17, 15] as const)("the bodies of functions in PL/pgSQL, on PostgreSQL %i", (major) => {
  let opened: OpenDatabase | undefined;
  let database: TestDatabase;
  let client: pg.Client;

  beforeAll(async () => {
    opened = await openDatabase(major);
    ({ database, client } = opened);
    await deployPrismaMigrations({ connectionString: database.url, directory: "prisma/migrations" });
    await client.query(schema);
  });
  afterAll(async () => {
    await opened?.close();
  });

  /** What the preview of a new function says. */
  async function preview(...definitions: readonly string[]): Promise<string> {
    const provider = new DirectProvider(database.url, { adopt: true });
    try {
      for (const [index, definition] of definitions.entries()) {
        const normal = await provider.check("Function", `f${index}`, { definition });
        if (Array.isArray(normal)) throw new Error(JSON.stringify(normal));
        await provider.previewCreate("Function", `f${index}`, normal as Properties);
      }
      return provider.messages.join("\n");
    } finally {
      await provider.close();
    }
  }

  describe("a preview warns of", () => {
    it.each(wrongBodies.map((wrong, index) => ({ ...wrong, id: `wrong_${index}` })))("$name", async (wrong) => {
      const { id, head = "() returns void", settings = "set search_path = ''", body, line, message } = wrong;
      const text = body.replaceAll("$f", id);
      const said = await preview(
        `create function app.${id}${head} language plpgsql ${settings} as ${quoteLiteral(text)}`,
      );
      const beginning = new RegExp(`^warning: f0: definition: line ${line} of the body of app\\.${id}\\([a-z]*\\): `);
      expect(said).toMatch(beginning);
      expect(said).toMatch(/; PostgreSQL finds that only when the function runs$/);
      const words = said.replace(beginning, "").replace(/; PostgreSQL finds that only when the function runs$/, "");
      if (typeof message === "string") expect(words).toBe(message);
      else expect(words).toMatch(message);
    });
  });

  describe("a preview says nothing of", () => {
    it.each(rightBodies.map((right, index) => ({ ...right, id: `right_${index}` })))("$name", async (right) => {
      const { id, head = "() returns void", settings = "set search_path = ''", body } = right;
      const text = body.replaceAll("$f", id);
      const kind = right.kind ?? "function";
      expect(
        await preview(`create ${kind} app.${id}${head} language plpgsql ${settings} as ${quoteLiteral(text)}`),
      ).toBe("");
    });
  });

  const inApp = (name: string, body: string, head = "() returns void") =>
    `create function app.${name}${head} language plpgsql set search_path = '' as ${quoteLiteral(body)}`;

  it("names may be any, and texts hold anything", async () => {
    const names = [...new Set(fc.sample(hostileName, 40))].filter((name) => name !== "found");
    const texts = fc.sample(hostileText, 40);
    const body = [
      `declare ${names.map((name) => `${quoteIdentifier(name)} text`).join("; ")}; begin`,
      ...names.map((name, index) => {
        const [column, text] = [quoteIdentifier(name), quoteLiteral(texts[index] ?? "")];
        return `select ${column} || ${text} into ${column} from app.tasks x where x.id = ${column} and x.title <> ${text};`;
      }),
      "perform 1 from app.tasks x where x.idd = ''; end",
    ];
    expect(await preview(inApp("hostile", body.join("\n")))).toBe(
      `warning: f0: definition: line ${body.join("\n").split("\n").length} of the body of app.hostile(): column x.idd does not exist. ` +
        'Perhaps you meant to reference the column "x.id"; PostgreSQL finds that only when the function runs',
    );
  });

  it("functions may call each other in any order, and one with other arguments may still be made", async () => {
    const functions = [
      inApp("even", "begin return n = 0 or app.odd(n - 1); end", "(n int) returns boolean"),
      inApp("odd", "begin return n <> 0 and app.even(n - 1); end", "(n int) returns boolean"),
      inApp("asks", "begin return app.is_member('a', 1); end", "() returns boolean"),
      inApp("is_member", "begin return true; end", "(organization text, n int) returns boolean"),
    ];
    const provider = new DirectProvider(database.url);
    const normal = await Promise.all(
      functions.map((definition, index) => provider.check("Function", `f${index}`, { definition })),
    );
    for (const [index, desired] of normal.entries()) {
      await provider.previewCreate("Function", `f${index}`, desired as Properties);
    }
    expect(provider.messages).toEqual([]);
    await provider.close();
  });

  it("nothing is said while a pending migration may still bring what is missing", async () => {
    const project = mkdtempSync(join(tmpdir(), "palisade-"));
    const migration = join(project, "prisma/migrations/20990101000000_later");
    mkdirSync(migration, { recursive: true });
    writeFileSync(join(migration, "migration.sql"), "alter table app.tasks add column later boolean");
    const definition = inApp("early", "begin delete from app.tasks where later; end");
    const provider = new DirectProvider(database.url, { projectDirectory: project });
    const normal = await provider.check("Function", "early", { definition });
    await provider.check("Migrations", "migrations", {});
    await provider.previewCreate("Function", "early", normal as Properties);
    expect(provider.messages).toEqual([]);
    await provider.close();

    const afterwards = new DirectProvider(database.url);
    afterwards.operation.pending.expectChanges("20990101000000_later");
    await afterwards.check("Function", "early", { definition });
    await afterwards.previewCreate("Function", "early", normal as Properties);
    expect(afterwards.messages).toEqual([]);
    await afterwards.close();
    rmSync(project, { recursive: true });
  });

  it("a function is asked about when its text changes, and many are asked in as many round trips as one", async () => {
    const count = async (bodies: readonly string[], live?: string) => {
      const provider = new DirectProvider(database.url, { adopt: true });
      const normal = await Promise.all(
        bodies.map((body, index) =>
          provider.check("Function", `f${index}`, { definition: inApp(`many_${index}`, body) }),
        ),
      );
      await provider.operation.snapshot();
      const { roundTrips } = await provider.operation.database();
      await Promise.all(
        normal.map(async (desired, index) =>
          live === undefined
            ? await provider.previewCreate("Function", `f${index}`, desired as Properties)
            : await provider.previewUpdate(
                "Function",
                `f${index}`,
                { ...(desired as Properties), definition: inApp(`many_${index}`, live), execute: ["anon"] },
                desired as Properties,
              ),
        ),
      );
      const database_ = await provider.operation.database();
      await provider.close();
      return {
        trips: database_.roundTrips - roundTrips,
        warnings: provider.messages.filter((said) => said.startsWith("warning")).length,
      };
    };
    const wrong = "begin delete from app.tasks where later; end";
    const one = await count([wrong]);
    expect(one.warnings).toBe(1);
    expect(await count(Array.from({ length: 30 }, () => wrong))).toEqual({ trips: one.trips, warnings: 30 });
    const changed = await count([wrong], "begin null; end");
    const unchanged = await count([wrong], wrong);
    expect([changed.warnings, unchanged.warnings]).toEqual([1, 0]);
    expect(unchanged.trips).toBeLessThan(changed.trips);
  });

  it("tables are not locked, even for bodies that write, and a table that somebody has locked is left alone", async () => {
    const definition = inApp(
      "writes",
      "begin update app.tasks set titel = ''; delete from app.tasks where idd = ''; perform 1 from app.tasks where pos = 1 for update; end",
    );
    await client.query("begin; lock table app.tasks in exclusive mode");
    try {
      expect((await preview(definition)).split("\n")).toHaveLength(3);
      await client.query("lock table app.tasks in access exclusive mode");
      expect(await preview(definition)).toBe("");
    } finally {
      await client.query("rollback");
    }
  });

  describe("the functions of this repository", () => {
    const folder = "sql/functions";
    const files = readdirSync(folder);
    const definitions = new Map(files.map((file) => [file, readFileSync(`${folder}/${file}`, "utf8")]));
    // What others use comes first, as the stack declares it.
    const order = [...definitions.keys()].sort(
      (left, right) => Number(right.startsWith("current_user_id")) - Number(left.startsWith("current_user_id")),
    );

    it("give no warning", async () => {
      expect(await preview(...order.map((file) => definitions.get(file) ?? ""))).toBe("");
    });

    const mistype = (definition: string) =>
      definition
        .replace(/([a-z]+)\.organization_id/, "$1.organisation_id")
        .replace(/([a-z]+)\.user_id/, "$1.userid")
        .replace("current_setting(", "curent_setting(");
    // PostgreSQL checks the queries of those in SQL itself. Of one that only calls what a migration makes, nothing is known here.
    const inPlpgsql = order.filter((file) => {
      const definition = definitions.get(file) ?? "";
      return definition.includes("language plpgsql") && mistype(definition) !== definition;
    });
    it.each(inPlpgsql)("give one with a mistyped name in %s", async (file) => {
      const mistyped = mistype(definitions.get(file) ?? "");
      const others = order.filter((other) => other.startsWith("current_user_id") && other !== file);
      expect(await preview(...others.map((other) => definitions.get(other) ?? ""), mistyped)).toMatch(
        /^warning: f\d: definition: line \d+ of the body of private\..* does not exist/,
      );
    });
  });
});

describe("the repository's own stack", () => {
  it("is warned of a mistyped column before anything exists, not of anything else, and the warning stays away without it", async () => {
    const server = await startTestServer(17);
    const stack = await TestStack.create({ database: await server.createDatabase() });
    try {
      const file = "sql/functions/current_owner_organization_ids.sql";
      // The program reads the files beside itself: it has to be a copy too.
      stack.edit("stacks/functions.ts", 'new Schema("private")', 'new Schema("private")');
      stack.edit(file, "select membership.organization_id", "select membership.organisation_id");
      const wrong = await stack.preview();
      expect(wrong.exitCode, wrong.output).toBe(0);
      expect(wrong.output).toMatch(
        /Function \(current_owner_organization_ids\):\s+warning: definition: line 4 of the body of private\.current_owner_organization_ids\(\): column membership\.organisation_id does not exist\. Perhaps/,
      );
      // The engine shows it beside the resource, and again below.
      const warned = [...wrong.output.matchAll(/of the body of ([^(]+)\(/g)].map(([, name]) => name);
      expect(new Set(warned)).toEqual(new Set(["private.current_owner_organization_ids"]));
      stack.edit(file, "select membership.organisation_id", "select membership.organization_id");
      const right = await stack.preview();
      expect(right.exitCode, right.output).toBe(0);
      expect(right.output).not.toContain("when the function runs");
    } finally {
      await stack.close();
      await server.stop();
    }
  });
});
