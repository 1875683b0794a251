import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Database } from "../../infra/database/database.ts";
import { loadParser } from "../../infra/sql/parser.ts";
import type { Advice } from "../../infra/verify/report.ts";
import { verify } from "../../infra/verify/verify.ts";
import { startTestServer, type TestServer } from "../support/test-server.ts";

/** A policy's condition, and what is to be said of it: the index to create, or what begins the problem. */
const cases: Readonly<Record<string, readonly [condition: string, ...advice: string[]]>> = {
  tenants: ["org = any (array(select private.my_orgs()))", "org"],
  sub_select: [
    "org in (select private.my_orgs())",
    "when authenticated reads, the policies read the whole table, since in (select …)",
  ],
  of_the_row: ["private.is_member(org)", "the policy p calls private.is_member for each row, with columns of the row"],
  indexed: ["owner = auth.uid()"],
  indexed_once: ["owner = (select auth.uid())"],
  each_row: ["org = private.me()", "the policy p calls private.me for each row", "org"],
  put_in: ["org = private.claimed()", "the policy p calls private.claimed for each row", "org"],
  public_too: ["id = auth.uid() or is_public", "the policy p calls auth.uid for each row"],
  by_address: ["email = (select auth.jwt() ->> 'email')", "email"],
  not_deleted: ["deleted_at is null and org = any (array(select private.my_orgs()))", "org"],
  either: ["org = any (array(select private.my_orgs())) or owner = (select auth.uid())", "org"],
  of_a_member: ["org = any (array(select private.my_orgs())) and owner = (select auth.uid())"],
  everything: ["true"],
  by_time: ["deleted_at > now()"],
  administrators: ["(select private.is_member('x')) or org = (select private.me())"],
  of_members: [
    "exists (select from public.members m where m.org = of_members.org and m.member = auth.uid())",
    "the policy p calls auth.uid for each row that its sub-select reads",
    "when authenticated reads, the policies read the whole table, since in (select …)",
    "member",
  ],
};

const schema = `
  set search_path = public;
  create schema private;
  grant usage on schema private to authenticated;
  create table members (org text not null, member uuid not null, role text not null, primary key (org, member));
  grant select on members to authenticated;
  create function private.my_orgs() returns setof text language plpgsql stable security definer rows 10 set search_path = pg_catalog, pg_temp
    as $$ begin return query select org from public.members where org = 'org 7'; end $$;
  create function private.is_member(asked text) returns boolean language plpgsql stable security definer set search_path = pg_catalog, pg_temp
    as $$ begin return asked = 'org 7'; end $$;
  create function private.me() returns text language plpgsql stable as $$ begin return 'org 7'; end $$;
  create function private.claimed() returns text language sql stable as $$ select current_setting('request.jwt.claims', true)::jsonb ->> 'org' $$;
  ${Object.entries(cases)
    .map(
      ([name, [condition]]) => `
  create table ${name} (id uuid primary key default gen_random_uuid(), org text not null, owner uuid not null, email varchar(100) not null, is_public boolean not null default false, deleted_at timestamptz);
  create index on ${name} (owner);
  alter table ${name} enable row level security;
  grant select, insert, update, delete on ${name} to authenticated;
  create policy p on ${name} to authenticated using (${condition});`,
    )
    .join("")}`;

/** As PostgreSQL plans it where there are many rows, and has counted them. */
const fill = (name: string) => `
  insert into public.${name} (org, owner, email, is_public, deleted_at)
  select 'org ' || i / 20, gen_random_uuid(), i || '@example.com', i % 100 = 0, case when i % 50 = 0 then '2020-01-01'::timestamptz end from generate_series(1, 5000) as i;
  analyze public.${name}`;

describe.each([17, 15] as const)("what will be slow, on PostgreSQL %i", (major) => {
  let server: TestServer;
  let client: pg.Client;
  let advice: readonly Advice[];
  beforeAll(async () => {
    await loadParser();
    server = await startTestServer(major);
    const { url, superuserUrl } = await server.createDatabase();
    client = new pg.Client(superuserUrl);
    await client.connect();
    await client.query(`set role postgres; ${schema}; reset role`);
    const database = new Database(url);
    try {
      ({ advice } = await verify(database, { people: {}, tables: [] }));
    } finally {
      await database.close();
    }
  });
  afterAll(async () => {
    await client?.end();
    await server?.stop();
  });

  /** The plan of a read, and how often functions were called in it. */
  const read = async (name: string) => {
    const countCalls = async () => {
      const { rows } = await client.query<{ calls: number }>(
        "select coalesce(sum(calls), 0)::int as calls from pg_stat_xact_user_functions where schemaname = 'private'",
      );
      return rows[0]?.calls ?? 0;
    };
    const callsBefore = await countCalls();
    await client.query(`begin; set local track_functions = 'all'; set local role authenticated;
      select set_config('request.jwt.claims', '{"sub":"00000000-0000-4000-8000-000000000007","org":"org 7","email":"7@example.com"}', true)`);
    const { rows } = await client.query<{ "QUERY PLAN": string }>(
      `explain (analyze, costs off, timing off) select * from public.${name}`,
    );
    await client.query("reset role");
    const calls = (await countCalls()) - callsBefore;
    await client.query("rollback");
    return { plan: rows.map((row) => row["QUERY PLAN"]).join("\n"), calls };
  };

  it.each(Object.entries(cases))("is said of %s as it is where there are many rows", async (name, [, ...expected]) => {
    const found = advice.filter(({ object }) => object === `public.${name}`);
    const [tables, column] = [/^create index on "public"\."(\w+)" \("(\w+)"\)$/, /^\w+$/];
    expect(
      found
        .map(
          ({ problem, remedy }) =>
            tables.exec(remedy)?.[2] ?? expected.find((each) => problem.startsWith(each)) ?? problem,
        )
        .sort(),
    ).toEqual([...expected].sort());
    await client.query(fill(name));
    const before = await read(name);
    const asksEachRow = found.some(({ problem }) => /calls private\.(me|is_member) for each row/.test(problem));
    expect(before.calls > 1000, before.plan).toBe(asksEachRow);
    for (const { remedy } of found.filter((each) => tables.test(each.remedy))) await client.query(remedy);
    await client.query(`analyze public.${name}`);
    const { plan } = await read(name);
    const isAdvised = expected.some((each) => column.test(each) && each !== "member");
    expect(
      [before.plan.includes(`Seq Scan on ${name}`), plan.includes(`Seq Scan on ${name}`)],
      `${before.plan}\n${plan}`,
    ).toEqual(isAdvised ? [true, false] : [before.plan.includes("Seq Scan"), before.plan.includes("Seq Scan")]);
  });

  it("is nothing else", () => {
    const known = Object.keys(cases).map((name) => `public.${name}`);
    expect(advice.filter(({ object }) => !known.includes(object))).toEqual([]);
  });
});
