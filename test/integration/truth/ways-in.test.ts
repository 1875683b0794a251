import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readEffects } from "../../../infra/access/effects/read-effects.ts";
import { afterEffects } from "../../../infra/access/reach/after-effects.ts";
import { findUndeclared } from "../../../infra/access/reach/find.ts";
import { describeFinding, type Finding, formatObject, type IsDeclared } from "../../../infra/access/reach/finding.ts";
import type { Reachable } from "../../../infra/access/reach/reachable.ts";
import { readReachable } from "../../../infra/access/reach/read.ts";
import type { Row } from "../../../infra/database/database.ts";
import { loadParser } from "../../../infra/sql/parser.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";
import { peoplesSchemas } from "../../support/peoples-schemas.ts";
import { declaredTables, waysIn } from "../../support/ways-in/index.ts";

const isDeclared: IsDeclared = ({ kind, id }) => kind === "table" && ["public.tasks", "public.events"].includes(id);

describe.each([17, 15] as const)("a way into a declared database, on PostgreSQL %d", (major) => {
  let open: OpenDatabase;
  beforeAll(async () => {
    open = await openDatabase(major);
    await open.client.query(`set role postgres; ${declaredTables}; reset role`);
  });
  afterAll(() => open.close());

  it("is none where nobody has opened one", async () => {
    expect((await find(open.client)).map(describeFinding)).toEqual([]);
  });

  it("is none where somebody is granted what an extension has given everybody, and closing another takes no more than that", async () => {
    const { client } = open;
    await client.query("begin");
    try {
      await client.query(`create extension if not exists citext schema extensions; create table extensions.kept as select 1 as id;
        grant select on extensions.kept to public; alter extension citext add table extensions.kept; grant select on extensions.kept to anon`);
      expect(await find(client)).toEqual([]);
      await client.query("grant insert on extensions.kept to public");
      const found = await find(client);
      expect(found.map(({ object }) => formatObject(object))).toEqual(["table extensions.kept"]);
      for (const statement of found.flatMap(({ remedy }) => remedy)) await client.query(statement);
      expect(await find(client)).toEqual([]);
      expect(await getsThrough(client, { role: "anon", request: "select id from extensions.kept" })).toBe(true);
    } finally {
      await client.query("rollback");
    }
  });

  it.each(peoplesSchemas.map((schema) => [schema.name, schema] as const))(
    "is named where a schema of people's truly has one, and nothing else is: %s",
    async (_, { sql, declared, findings }) => {
      const { client } = open;
      await client.query("begin");
      try {
        await client.query(`set local role postgres; ${sql}; reset role`);
        const found = findUndeclared(
          await read(client),
          (object) => isDeclared(object) || declared.includes(formatObject(object)),
        );
        const keys = found.map(({ roles, object }) => `${[...roles].sort().join(", ")}: ${formatObject(object)}`);
        expect([...new Set(keys)].sort(), found.map(describeFinding).join("\n")).toEqual(findings);
      } finally {
        await client.query("rollback");
      }
    },
  );

  it.each(waysIn.filter(({ isNotInScript }) => !isNotInScript).map((way) => [way.name, way] as const))(
    "is named before it exists where a migration makes it: %s",
    async (_, way) => {
      const { client } = open;
      await loadParser();
      const user = way.needsSuperuser ? "supabase_admin" : "postgres";
      const predicted = findUndeclared(
        afterEffects(await read(client), readEffects("1", way.open, user), user),
        isDeclared,
      );
      await client.query("begin");
      try {
        await client.query(way.needsSuperuser ? way.open : `set local role postgres; ${way.open}; reset role`);
        const key = ({ object, roles }: Finding) => `${roles.join()} ${object.kind} ${object.id}`;
        expect(predicted.map(key).sort()).toEqual((await find(client)).map(key).sort());
      } finally {
        await client.query("rollback");
      }
    },
  );

  it.each(waysIn.map((way) => [way.name, way] as const))("is found, and closed: %s", async (_, way) => {
    const { client } = open;
    await client.query("begin");
    try {
      await client.query(way.needsSuperuser ? way.open : `set local role postgres; ${way.open}; reset role`);
      expect(await getsThrough(client, way), "the way must lead somewhere").toBe(true);
      const found = await find(client);
      const named = found.filter(
        ({ object }) => object.id === way.object || (object.kind === "database" && way.object === "(this database)"),
      );
      expect(named.map(describeFinding), found.map(describeFinding).join("\n")).not.toEqual([]);
      if (way.stays) return;
      for (const statement of found.flatMap(({ remedy }) => remedy)) {
        await client.query(`${way.needsSuperuser ? "" : "set local role postgres;"} ${statement}; reset role`);
      }
      expect((await find(client)).map(describeFinding)).toEqual([]);
      if (way.request !== "select true") expect(await getsThrough(client, way), "it is closed").toBe(false);
    } finally {
      await client.query("rollback");
    }
  });
});

async function find(client: pg.Client): Promise<readonly Finding[]> {
  return findUndeclared(await read(client), isDeclared);
}

async function read(client: pg.Client): Promise<Reachable> {
  return await readReachable({
    run: async (script: string) => {
      const answer = (await client.query(script)) as unknown as pg.QueryResult<Row> | pg.QueryResult<Row>[];
      return (Array.isArray(answer) ? answer : [answer]).map(({ rows }) => rows);
    },
  });
}

async function getsThrough(client: pg.Client, { role, request }: { readonly role: string; readonly request: string }) {
  await client.query(`savepoint asked; set local session authorization ${role}`);
  try {
    const answer = (await client.query(request)) as unknown as pg.QueryResult | pg.QueryResult[];
    const last = [answer].flat().at(-1);
    return last?.rowCount === null || (last?.rowCount ?? 0) > 0;
  } catch (error) {
    if ((error as pg.DatabaseError).code !== "42501") throw error;
    return false;
  } finally {
    await client.query("rollback to savepoint asked; release savepoint asked");
  }
}
