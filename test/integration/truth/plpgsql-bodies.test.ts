import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestServer, type TestDatabase, type TestServer } from "../../../infra/local/postgres/index.ts";
import type { Properties } from "../../../infra/resources/properties.ts";
import { quoteLiteral } from "../../../infra/resources/sql/quote.ts";
import { DirectProvider } from "./direct.ts";
import { rightBodies } from "./right-bodies.ts";
import { wrongBodies } from "./wrong-bodies.ts";

const schema = `
  create schema app authorization postgres;
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

describe.each([17, 15] as const)("the bodies of functions in PL/pgSQL, on PostgreSQL %i", (major) => {
  let server: TestServer | undefined;
  let database: TestDatabase;
  let client: pg.Client;

  beforeAll(async () => {
    server = await startTestServer(major);
    database = await server.createDatabase();
    client = new pg.Client(database.superuserUrl);
    await client.connect();
    await client.query(schema);
  });
  afterAll(async () => {
    await client?.end();
    await server?.stop();
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
});
