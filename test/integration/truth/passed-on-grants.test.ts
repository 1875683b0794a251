import type pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { remove } from "../../../infra/lifecycle/apply.ts";
import { PreviewedStates } from "../../../infra/lifecycle/previewed-states.ts";
import type { Properties } from "../../../infra/values/properties.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";
import type { TestDatabase } from "../../support/test-server.ts";
import { DirectProvider, kindOf } from "./direct.ts";

interface Scenario {
  readonly name: string;
  readonly kind: string;
  readonly input: Properties;
  /** What roles with a grant option do after the deployment. `as x` stands for SET ROLE. */
  readonly actions: readonly (readonly [role: string, statement: string])[];
}

const table = "held.tasks";
const onTable = (name: string, grants: Properties, actions: Scenario["actions"]): Scenario => ({
  name: `on a table: ${name}`,
  kind: "TableAccess",
  input: { table, grants },
  actions,
});

const scenarios: readonly Scenario[] = [
  onTable("to a role without grants", { first: ["select with grant option"] }, [
    ["first", `grant select on ${table} to third`],
  ]),
  onTable("to everybody", { first: ["select with grant option"] }, [["first", `grant select on ${table} to public`]]),
  onTable("along a chain", { first: ["select with grant option"] }, [
    ["first", `grant select on ${table} to second with grant option`],
    ["second", `grant select on ${table} to third`],
  ]),
  onTable(
    "beside what is declared of the same chain",
    {
      first: ["select with grant option"],
      second: ["select with grant option"],
      third: ["update"],
      fourth: ["select"],
    },
    [
      ["postgres", `revoke select on ${table} from second, fourth`],
      ["first", `grant select on ${table} to second with grant option`],
      ["second", `grant select on ${table} to third, fourth`],
    ],
  ),
  onTable(
    "the option itself, of what is declared without",
    { first: ["select with grant option"], second: ["select"] },
    [
      ["first", `grant select on ${table} to second with grant option`],
      ["second", `grant select on ${table} to third`],
    ],
  ),
  onTable("of several privileges", { first: ["select with grant option", "insert with grant option", "delete"] }, [
    ["first", `grant select, insert on ${table} to third`],
  ]),
  onTable("on a column, by who holds the whole table", { first: ["select with grant option"] }, [
    ["first", `grant select (id) on ${table} to third`],
  ]),
  onTable("on a column, by who holds it", { first: { "update with grant option": ["id", "title"] } }, [
    ["first", `grant update (id) on ${table} to third`],
  ]),
  onTable(
    "on a column, along a chain",
    { first: { "select with grant option": ["id"] }, second: { select: ["title"] } },
    [
      ["first", `grant select (id) on ${table} to second with grant option`],
      ["second", `grant select (id) on ${table} to third`],
    ],
  ),
  onTable("by a grantor who has lost the right since, on a column", { second: ["select"] }, [
    ["postgres", `grant select on ${table} to first with grant option`],
    ["first", `grant select (id) on ${table} to third`],
    ["postgres", `revoke select on ${table} from first cascade`],
  ]),
  onTable("by a grantor whose right is not declared", { second: ["select"] }, [
    ["postgres", `grant select on ${table} to first with grant option`],
    ["first", `grant select on ${table} to third`],
  ]),
  {
    name: "on a schema, along a chain",
    kind: "Schema",
    input: { name: "held", grants: { first: ["usage with grant option"], fourth: ["usage"] } },
    actions: [
      ["first", "grant usage on schema held to second with grant option"],
      ["second", "grant usage on schema held to third, public"],
    ],
  },
  {
    name: "on a function, along a chain",
    kind: "Function",
    input: {
      definition: "create function held.f() returns int language sql as 'select 1'",
      execute: ["first", "second"],
    },
    actions: [
      ["postgres", "grant execute on function held.f() to first with grant option"],
      ["first", "grant execute on function held.f() to second with grant option"],
      ["second", "grant execute on function held.f() to third, public"],
    ],
  },
];

describe.each([17, 15] as const)("a grant that a grantee has passed on, on PostgreSQL %i", (major) => {
  let opened: OpenDatabase | undefined;
  let database: TestDatabase;
  let client: pg.Client;

  beforeAll(async () => {
    opened = await openDatabase(major);
    ({ database, client } = opened);
    await client.query("create role first; create role second; create role third; create role fourth");
  });
  beforeEach(async () => {
    await client.query(
      "drop schema if exists held cascade; create schema held authorization postgres; set role postgres; create table held.tasks (id int, title text); reset role",
    );
  });
  afterAll(async () => {
    await opened?.close();
  });

  describe.each(scenarios)("$name", ({ kind, input, actions }) => {
    /** Deployed, and passed on. */
    async function passOn() {
      if (kind !== "Schema") await client.query("grant usage on schema held to public");
      const provider = new DirectProvider(database.url, { adopt: true });
      const desired = (await provider.check(kind, "held", input)) as Properties;
      const state = await provider.create(kind, "held", desired);
      await provider.close();
      for (const [role, statement] of actions) await client.query(`set role ${role}; ${statement}; reset role`);
      return { state, desired };
    }

    it("is shown and taken back, and nothing else", async () => {
      const { state, desired } = await passOn();
      const provider = new DirectProvider(database.url);
      const found = await provider.read(kind, "held", state);
      if (found === undefined) throw new Error("the object is gone");
      expect(provider.diff(kind, "held", found.inputs, desired)).not.toEqual([]);
      const updated = await provider.update(kind, "held", found, desired);
      await provider.close();
      const next = new DirectProvider(database.url);
      const later = await next.read(kind, "held", updated);
      await next.close();
      expect(later?.inputs).toEqual(desired);
    });

    it.runIf(major === 17)("goes with the declaration", async () => {
      const { state } = await passOn();
      const provider = new DirectProvider(database.url);
      const found = (await provider.read(kind, "held", state)) ?? state;
      const context = { operation: provider.operation, urn: "urn", previewed: new PreviewedStates(), report: () => {} };
      await remove(kindOf(kind), found.id, found, context);
      await provider.close();
      const { rows } = await client.query(
        `select a.grantee::regrole::text from pg_class c, aclexplode(c.relacl) a where c.oid = to_regclass('held.tasks') and a.grantee <> c.relowner
         union all select a.grantee::regrole::text from pg_attribute t, aclexplode(t.attacl) a where t.attrelid = to_regclass('held.tasks')
         union all select a.grantee::regrole::text from pg_proc p, aclexplode(p.proacl) a where p.pronamespace = 'held'::regnamespace
         union all select a.grantee::regrole::text from pg_namespace n, aclexplode(n.nspacl) a where n.nspname = 'held' and a.grantee <> n.nspowner and $1`,
        [kind === "Schema"],
      );
      expect(rows).toEqual([]);
    });
  });

  it.each([
    ["its owner", "", "an event trigger may have undone them"],
    [
      "a grantee",
      "grant select on held.tasks to first with grant option; set local role first;",
      "grants that first made are still there",
    ],
  ])("is an error that names who made it, where something makes it again as %s's", async (_who, first, cause) => {
    const provider = new DirectProvider(database.url, { adopt: true });
    const input = { table, grants: { first: ["select with grant option"] } };
    const desired = (await provider.check("TableAccess", "held", input)) as Properties;
    const state = await provider.create("TableAccess", "held", desired);
    await client.query(`grant usage on schema held to first; grant first to postgres;
      grant select on ${table} to third;
      create or replace function held.again() returns event_trigger language plpgsql as
        'begin ${first} grant select on held.tasks to third; set local role postgres; end';
      create event trigger again on ddl_command_end when tag in ('REVOKE') execute function held.again()`);
    const next = new DirectProvider(database.url);
    const found = (await next.read("TableAccess", "held", state)) ?? state;
    await expect(next.update("TableAccess", "held", found, desired)).rejects.toThrow(
      `kept grants.third of held.tasks as it was: ${cause}. Nothing was changed`,
    );
    await Promise.all([provider.close(), next.close()]);
    await client.query("drop event trigger again");
  });
});
