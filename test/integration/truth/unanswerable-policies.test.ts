import fc from "fast-check";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Properties } from "../../../infra/values/properties.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";
import type { TestDatabase } from "../../support/test-server.ts";
import { DirectProvider, kindOf } from "./direct.ts";

interface Declared {
  readonly kind: string;
  readonly name: string;
  readonly normal: Properties;
}

type Input = Omit<Declared, "normal"> & { readonly input: Readonly<Record<string, unknown>> };

const roles = ["rights_plain", "rights_group", "rights_member", "rights_other"];
const [plain = "", group = "", member = "", other = ""] = roles;

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
      { numRuns: 40, examples: [[declarationsOf(askedAfterAMember)]] },
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

function functionOf(name: string, body: string, options: string, execute: readonly string[]): Input {
  const language = /^(begin|declare) /.test(body) ? "plpgsql" : "sql";
  const text = body.startsWith("return ") ? body : `language ${language} ${options} as $body$ ${body} $body$`;
  return {
    kind: "Function",
    name,
    input: { definition: `create function app.${name}(i int) returns boolean ${text}`, execute },
  };
}

function tableOf(policy: object, grants: object): Input {
  return { kind: "TableAccess", name: "t", input: { table: "app.t", policies: { p: policy }, grants } };
}

/** The roles of whom a preview says that their queries fail. */
function rolesIn(messages: readonly string[]): readonly string[] {
  const lists = messages.flatMap((message) =>
    [...message.matchAll(/(?:every|a) select by (.+?) fails with/g)].map(([, list = ""]) => list),
  );
  return [...new Set(lists.flatMap((list) => list.split(/, | and /)))]
    .map((role) => (role === "everybody" ? "public" : role))
    .sort();
}

const someRoles = fc.uniqueArray(fc.constantFrom(plain, group, member, "public"), { maxLength: 3 });
const bodiesInApp = [
  "select true",
  "select exists (select from app.m where x = i)",
  "select exists (select from app.m)",
  "select i in (select y from app.own)",
  "select i in (select y from app.reader)",
  "select app.g(i)",
  "begin return exists (select from app.m where y = i); end",
  "begin return app.g(i); end",
  "return exists (select from app.m where y = i)",
];
const bodiesInPrivate = [
  "select private.g(i)",
  "select exists (select from private.m where x = i)",
  "select i in (select x from private.own)",
  "select i::text::private.kind is not null",
  "select 'private.m'::regclass is not null",
  "begin return private.g(i); end",
  "begin return exists (select from private.m); end",
  "declare v private.m.x%type; begin return v is null; end",
  "declare v private.kind; begin return v is null; end",
  "return private.g(i) and exists (select from private.m)",
];
const conditions = fc.constantFrom(
  "a = 1",
  "exists (select from app.m where m.x = t.a)",
  "a in (select y from app.m)",
  "(select count(*) from app.m) > 0",
  "exists (select from app.reader as r where r.x = t.a)",
  "exists (select from app.own as o where o.x = t.a)",
  "app.f(a)",
  "(select app.f(1))",
  "a in (select x from app.m where app.g(y))",
  "private.g(a)",
  "a in (select x from private.m)",
);
const options = fc.constantFrom("stable", "stable security definer", "stable set search_path = pg_catalog, pg_temp");
const columns = fc.constantFrom<true | string[]>(true, ["x"], ["y"], ["x", "y"]);

const bodiesOfG = ["select true", "select i in (select y from app.m)", "select private.g(i)"];
const anyRights = {
  f: fc.record({ body: fc.constantFrom(...bodiesInApp, ...bodiesInPrivate), options, execute: someRoles }),
  g: fc.record({ body: fc.constantFrom(...bodiesOfG), options, execute: someRoles }),
  condition: conditions,
  readers: fc.dictionary(fc.constantFrom(plain, group, member, "public"), columns, {
    maxKeys: 2,
    noNullPrototype: true,
  }),
};
const everybody = fc.constant<string[]>(["public"]);
/** Only the use of a schema may be missing. */
const rightsOnAll = {
  f: fc.record({ body: fc.constantFrom("select app.g(i)", ...bodiesInPrivate), options, execute: everybody }),
  g: fc.record({ body: fc.constant("select private.g(i)"), options, execute: everybody }),
  condition: fc.constantFrom("app.f(a)", "(select app.f(1))"),
  readers: fc.constant<Record<string, true | string[]>>({ public: true }),
};

interface Rights {
  readonly f: { readonly body: string; readonly options: string; readonly execute: readonly string[] };
  readonly g: { readonly body: string; readonly options: string; readonly execute: readonly string[] };
  readonly condition: string;
  readonly policyRoles: readonly string[];
  readonly grantees: readonly string[];
  /** Who may use the schema `private`. */
  readonly users: readonly string[];
  /** Who may read `app.m`. */
  readonly readers: Readonly<Record<string, true | string[]>>;
}

const anyOrAll: fc.Arbitrary<Rights> = fc.oneof(
  ...[anyRights, rightsOnAll].map((rights) =>
    fc.record({
      ...rights,
      policyRoles: someRoles.filter((list) => list.length > 0),
      grantees: someRoles.filter((list) => list.length > 0),
      users: someRoles,
    }),
  ),
);

/** The session has found `private.m` for the member, who may use the schema, when the other role asks. */
const askedAfterAMember: Rights = {
  f: { body: "begin return exists (select from private.m); end", options: "stable", execute: ["public"] },
  g: { body: "select private.g(i)", options: "stable", execute: ["public"] },
  condition: "app.f(a)",
  policyRoles: [plain, member],
  grantees: [plain, group],
  users: [member],
  readers: { public: true },
};

function declarationsOf({ f, g, condition, policyRoles, grantees, users, readers }: Rights) {
  return {
    policyRoles: policyRoles.includes("public") ? ["public"] : policyRoles,
    grantees,
    inputs: [
      {
        kind: "Schema",
        name: "private",
        input: { name: "private", grants: Object.fromEntries(users.map((role) => [role, ["usage"]])) },
      },
      functionOf("g", g.body, g.options, g.execute),
      functionOf("f", f.body, f.options, f.execute),
      {
        kind: "TableAccess",
        name: "m",
        input: {
          table: "app.m",
          rowSecurity: false,
          grants: Object.fromEntries(Object.entries(readers).map(([role, held]) => [role, { select: held }])),
        },
      },
      tableOf(
        { command: "select", roles: policyRoles, using: condition },
        Object.fromEntries(grantees.map((role) => [role, ["select"]])),
      ),
    ],
  };
}
const declarations = anyOrAll.map(declarationsOf);
