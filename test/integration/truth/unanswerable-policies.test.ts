import fc from "fast-check";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Properties } from "../../../infra/values/properties.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";
import type { TestDatabase } from "../../support/test-server.ts";
import { DirectProvider, kindOf } from "./direct.ts";
import {
  askedAfterAMember,
  declarations,
  functionOf,
  group,
  type Input,
  member,
  other,
  plain,
  roles,
  tableOf,
} from "./unanswerable-declarations.ts";

interface Declared {
  readonly kind: string;
  readonly name: string;
  readonly normal: Properties;
}

describe.each([18, 17, 15] as const)("policies that lack rights, on PostgreSQL %i", (major) => {
  let opened: OpenDatabase | undefined;
  let database: TestDatabase;
  let client: pg.Client;

  beforeAll(async () => {
    opened = await openDatabase(major);
    ({ database, client } = opened);
    await client.query(`${roles.map((role) => `create role ${role}`).join("; ")}; grant ${group} to ${member};
      create schema app authorization postgres; grant usage on schema app to public; set role postgres;
      create table app.t (id int, a int); create table app.m (x int, y int);
      create view app.own as select x, y from app.m; create view app.reader with (security_invoker = true) as select x, y from app.m;
      grant select on app.own, app.reader to public;
      create schema private; create table private.m (x int, y int); create type private.kind as enum ('1');
      create function private.g(i int) returns boolean language sql as 'select true'; create view private.own as select x, y from private.m;
      grant select on private.m, private.own to public;
      insert into app.t values (1, 1); insert into app.m values (1, 1); reset role`);
  });
  afterAll(async () => {
    await opened?.close();
  });

  /** What the preview says, by role, and whom the server then refuses what the table's own grants allow. */
  async function compare(inputs: readonly Input[], asked: readonly string[]) {
    const provider = new DirectProvider(database.url, { adopt: true });
    try {
      const declared: Declared[] = [];
      for (const { kind, name, input } of inputs) {
        const normal = await provider.check(kind, name, input);
        if (Array.isArray(normal)) throw new Error(JSON.stringify(normal));
        declared.push({ kind, name, normal: normal as Properties });
      }
      for (const { kind, name, normal } of declared) await provider.previewCreate(kind, name, normal);
      const refused: string[] = [];
      await client.query("begin; set local role postgres; set local search_path = public, extensions");
      try {
        const catalog = await provider.operation.snapshot();
        for (const { kind, normal } of declared) {
          const live = kindOf(kind).find(catalog, kindOf(kind).identify(normal));
          const first = kindOf(kind).plan(live, normal, catalog.server);
          // A new function is everybody's until it is read back and planned again.
          const made = { ...normal, execute: ["public"] };
          const second = kind === "Function" ? kindOf(kind).plan(made, normal, catalog.server) : [];
          for (const statement of [...first, ...second]) await client.query(statement);
        }
        await client.query("reset role");
        for (const role of asked) if (await isRefused(role)) refused.push(role);
      } finally {
        await client.query("rollback");
      }
      return { warned: rolesIn(provider.messages), refused, messages: provider.messages };
    } finally {
      await provider.close();
    }
  }

  async function isRefused(role: string): Promise<boolean> {
    const { rows } = await client.query("select has_table_privilege($1, 'app.t', 'select') as may", [role]);
    if (!rows[0].may) return false;
    // What PL/pgSQL has found for one role, it keeps for the next in the same session, until the function changes.
    await client.query(`savepoint asking; discard plans;
      do $$ begin if to_regprocedure('app.f(int)') is not null then alter function app.f(int) cost 101; alter function app.g(int) cost 101; end if; end $$;
      set local role ${role}`);
    try {
      await client.query("select * from app.t");
      return false;
    } catch (error) {
      if ((error as { code: string }).code !== "42501") throw error;
      return true;
    } finally {
      await client.query("rollback to savepoint asking");
    }
  }

  it("are warned of where the server refuses a query, and nowhere else", async () => {
    await fc.assert(
      fc.asyncProperty(declarations, async ({ inputs, policyRoles, grantees }) => {
        const named = [...new Set([...policyRoles, ...grantees])].sort();
        const asked = named.map((role) => (role === "public" ? other : role));
        const { warned, refused, messages } = await compare(inputs, [...new Set(asked)]);
        const expected = named.filter((role) => refused.includes(role === "public" ? other : role));
        expect(warned, messages.join("\n")).toEqual(expected);
      }),
      { numRuns: 40, examples: [[askedAfterAMember]] },
    );
  });

  it("are told with the policy, what is missing, who fails and what to do", async () => {
    const { messages } = await compare(
      [
        functionOf("f", "select true", "", []),
        {
          kind: "TableAccess",
          name: "m",
          input: { table: "app.m", rowSecurity: false, grants: { [plain]: { select: ["x"] } } },
        },
        tableOf({ using: "app.f(a) and a in (select y from app.m)", roles: [plain] }, { [plain]: ["select"] }),
      ],
      [],
    );
    const warnings = messages.filter((message) => message.startsWith("warning: ")).join("\n");
    expect(warnings).toContain(
      `execute: the policy p on app.t calls app.f(integer), which ${plain} may not execute: every select by ${plain} fails with "permission denied for function f". Let ${plain} execute it`,
    );
    expect(warnings).toContain(
      `grants: the policy p on app.t reads app.m.y, on which ${plain} has no select privilege: every select by ${plain} fails with "permission denied for table m". Grant select on it`,
    );
  });

  it("are told by what changes later: a function's roles, its body, another table's grants, a schema's", async () => {
    await client.query(`set role postgres;
      create function app.later(i int) returns boolean language sql stable as 'select true'; grant execute on function app.later(int) to ${plain};
      alter table app.t enable row level security; grant select on app.t, app.m to ${plain};
      create policy later on app.t for select to ${plain} using (app.later(a) and a in (select x from app.m)); reset role`);
    const warnings = async (...inputs: Input[]) => {
      const provider = new DirectProvider(database.url, { adopt: true });
      try {
        for (const { kind, name, input } of inputs) {
          const normal = (await provider.check(kind, name, input)) as Properties;
          await provider.previewCreate(kind, name, normal);
        }
        return provider.messages.filter((message) => message.startsWith("warning: ")).join("\n");
      } finally {
        await provider.close();
      }
    };
    const access = (grants: object): Input => ({
      kind: "TableAccess",
      name: "m",
      input: { table: "app.m", rowSecurity: false, grants },
    });
    try {
      const calling = "execute: the policy later on app.t calls app.later(integer), which rights_plain may not execute";
      expect(await warnings(functionOf("later", "select true", "stable", []))).toContain(calling);
      expect(await warnings(functionOf("later", "select true", "stable", [plain]))).toBe("");
      expect(await warnings(access({ [plain]: { select: ["y"] } }))).toContain(
        "grants: the policy later on app.t reads app.m.x",
      );
      expect(await warnings(access({ [plain]: { select: ["x"] } }))).toBe("");
      const schema = (grants: object): Input => ({
        kind: "Schema",
        name: "private",
        input: { name: "private", grants },
      });
      expect(await warnings(functionOf("later", "select private.g(i)", "stable", [plain]))).toContain(
        'definition: the policy later on app.t leads to app.later(integer), whose body names something in the schema private, on which rights_plain has no usage privilege: a select by rights_plain fails with "permission denied for schema private". Grant usage on it',
      );
      expect(
        await warnings(schema({ [plain]: ["usage"] }), functionOf("later", "select private.g(i)", "stable", [plain])),
      ).not.toContain("permission denied");
      await client.query(`grant usage on schema private to ${plain};
        create or replace function app.later(i int) returns boolean language sql stable as 'select private.g(i)'`);
      expect(await warnings(schema({}))).toContain("grants: the policy later on app.t leads to app.later(integer)");
      expect(await warnings(schema({ [plain]: ["usage"] }))).toBe("");
      const body = "select exists (select from auth.mfa_factors)";
      expect(await warnings(functionOf("later", body, "stable", [plain]))).toContain(
        "definition: the policy later on app.t reads auth.mfa_factors in app.later(integer)",
      );
      expect(await warnings(functionOf("later", body, "stable security definer", [plain]))).not.toContain(
        "the policy later",
      );
      // Only a superuser may make a function leakproof, and whoever manages it is none.
      const leakproof = functionOf("later", "select true", "stable leakproof", []);
      await client.query(String(leakproof.input.definition).replace("create", "create or replace"));
      expect(await warnings(leakproof)).toContain(calling);
    } finally {
      await client.query(`drop policy later on app.t; drop function app.later(int); alter table app.t disable row level security;
        revoke all on app.t, app.m from ${plain}; revoke usage on schema private from ${plain}`);
    }
  });

  it.each<[string, object, RegExp]>([
    ["grants", { [plain]: ["select"] }, /^$/],
    ["does not grant", {}, /^warning: t: policies\.p\.using: the policy p on app\.t reads app\.m, /],
  ])("are judged by what the program declares after them, which %s", async (_, grants, expected) => {
    const provider = new DirectProvider(database.url);
    provider.operation.declarations.access.expect(2);
    const check = async ({ kind, name, input }: Input) => (await provider.check(kind, name, input)) as Properties;
    try {
      const condition = { using: "a in (select x from app.m)", roles: [plain] };
      const normal = await check(tableOf(condition, { [plain]: ["select"] }));
      // What grants it may wait for the policy.
      await provider.previewCreate("TableAccess", "t", normal);
      expect(provider.messages.filter((message) => message.startsWith("warning: "))).toEqual([]);
      await check({ kind: "TableAccess", name: "m", input: { table: "app.m", rowSecurity: false, grants } });
      const warnings = provider.messages.filter((message) => message.startsWith("warning: ")).join("\n");
      expect(warnings).toMatch(expected);
    } finally {
      await provider.close();
    }
  });
});

/** The roles of whom a preview says that their queries fail. */
function rolesIn(messages: readonly string[]): readonly string[] {
  const lists = messages.flatMap((message) =>
    [...message.matchAll(/(?:every|a) select by (.+?) fails with/g)].map(([, list = ""]) => list),
  );
  return [...new Set(lists.flatMap((list) => list.split(/, | and /)))]
    .map((role) => (role === "everybody" ? "public" : role))
    .sort();
}
