import fc from "fast-check";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Extent, extentOf, rowCommands, tablesBehind } from "../../../infra/access/reach/extent.ts";
import { reachFacts } from "../../../infra/access/reach/facts.ts";
import type { Reachable, Relation } from "../../../infra/access/reach/reachable.ts";
import { readReachable } from "../../../infra/access/reach/read.ts";
import { Rights } from "../../../infra/access/reach/rights.ts";
import type { Row } from "../../../infra/database/database.ts";
import { loadParser } from "../../../infra/sql/parser.ts";
import { formatQualified } from "../../../infra/sql/quote.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";

/** Who asks; `reader` is nobody's member at first, and `keeper` owns what is not the superuser's. */
const askers = ["anon", "authenticated", "reader", "keeper"] as const;
const rowsThere = [1, 2, 3];

const grantees = fc.constantFrom("public", ...askers);
const condition = fc.constantFrom("true", "false", "id = 1");
const command = fc.constantFrom("all", ...rowCommands);
const privilege = fc.constantFrom(...rowCommands, "select (id)", "update (note)", "insert (id)");

const policy = fc
  .record({
    command,
    roles: fc.uniqueArray(grantees, { minLength: 1, maxLength: 2 }),
    permissive: fc.boolean(),
    using: condition,
    check: fc.option(condition, { nil: undefined }),
  })
  .map(({ command: name, roles, permissive, using, check }) => {
    const existing = name === "insert" ? "" : ` using (${using})`;
    const written = name === "select" || name === "delete" ? "" : ` with check (${check ?? using})`;
    const omitted = check === undefined && name !== "insert" ? "" : written;
    return `as ${permissive ? "permissive" : "restrictive"} for ${name} to ${roles.join(", ")}${existing}${omitted}`;
  });

const table = fc.record({
  owner: fc.constantFrom("supabase_admin", "keeper"),
  rowSecurity: fc.boolean(),
  forced: fc.boolean(),
  grants: fc.array(fc.tuple(privilege, grantees), { maxLength: 5 }),
  policies: fc.array(policy, { maxLength: 3 }),
});

const view = fc.record({
  owner: fc.constantFrom("supabase_admin", "keeper", "postgres"),
  isInvoker: fc.boolean(),
  of: fc.nat(),
  grants: fc.array(fc.tuple(fc.constantFrom(...rowCommands), grantees), { maxLength: 3 }),
});

const called = fc.record({
  owner: fc.constantFrom("supabase_admin", "keeper", "postgres"),
  isDefiner: fc.boolean(),
  isPublic: fc.boolean(),
  grants: fc.uniqueArray(fc.constantFrom(...askers), { maxLength: 2 }),
});

const world = fc.record({
  usage: fc.subarray(["public", ...askers]),
  tables: fc.array(table, { minLength: 1, maxLength: 3 }),
  views: fc.array(view, { maxLength: 3 }),
  functions: fc.array(called, { maxLength: 3 }),
  memberships: fc.uniqueArray(
    fc.constantFrom("reader to anon", "keeper to authenticated", "reader to keeper", "pg_read_all_data to reader"),
    { maxLength: 2 },
  ),
  bypass: fc.subarray(["reader", "keeper"]),
  noinherit: fc.subarray(["anon", "authenticated"]),
});
type World = typeof world extends fc.Arbitrary<infer Value> ? Value : never;

function scriptFor({ usage, tables, views, functions, memberships, bypass, noinherit }: World): string {
  return [
    ...["reader", "keeper"].map((role) => `create role ${role}${bypass.includes(role) ? " bypassrls" : ""}`),
    ...noinherit.map((role) => `alter role ${role} noinherit`),
    ...memberships.map((membership) => `grant ${membership}`),
    "create schema place",
    ...usage.map((role) => `grant usage on schema place to ${role}`),
    ...tables.flatMap(({ owner, rowSecurity, forced, grants, policies }, index) => {
      const name = `place.t${index}`;
      return [
        `create table ${name} (id int, note text)`,
        `insert into ${name} values ${rowsThere.map((id) => `(${id}, '')`).join(", ")}`,
        ...grants.map(([held, role]) => `grant ${held} on ${name} to ${role}`),
        ...policies.map((text, number) => `create policy p${number} on ${name} ${text}`),
        ...(rowSecurity ? [`alter table ${name} enable row level security`] : []),
        ...(forced ? [`alter table ${name} force row level security`] : []),
        `alter table ${name} owner to ${owner}`,
      ];
    }),
    ...views.flatMap(({ owner, isInvoker, of, grants }, index) => {
      const sources = [
        ...tables.map((_, at) => `place.t${at}`),
        ...views.slice(0, index).map((_, at) => `place.v${at}`),
      ];
      const name = `place.v${index}`;
      return [
        `create view ${name} with (security_invoker = ${isInvoker}) as select * from ${sources[of % sources.length]}`,
        ...grants.map(([held, role]) => `grant ${held} on ${name} to ${role}`),
        `alter view ${name} owner to ${owner}`,
      ];
    }),
    ...functions.flatMap(({ owner, isDefiner, isPublic, grants }, index) => {
      const name = `place.f${index}()`;
      return [
        `create function ${name} returns text language sql security ${isDefiner ? "definer" : "invoker"} as 'select current_user::text'`,
        ...(isPublic ? [] : [`revoke execute on function ${name} from public`]),
        ...grants.map((role) => `grant execute on function ${name} to ${role}`),
        `alter function ${name} owner to ${owner}`,
      ];
    }),
  ].join(";\n");
}

/** Two policies, neither of which lets an update through by itself: one does as a row is, the other as it becomes. */
const twoHalves: World = {
  ...{ usage: ["reader"], views: [], functions: [], memberships: [], bypass: [], noinherit: [] },
  tables: [
    {
      ...{ owner: "supabase_admin", rowSecurity: true, forced: false, grants: [["update", "public"]] },
      policies: [
        "as permissive for all to public using (false) with check (true)",
        "as permissive for all to public using (true) with check (false)",
      ],
    },
  ],
};

describe.each([17, 15] as const)("who reaches what, on PostgreSQL %d", (major) => {
  let open: OpenDatabase;
  beforeAll(async () => {
    await loadParser();
    open = await openDatabase(major);
  });
  afterAll(() => open.close());

  it("is for tables what a request as that role can do", async () => {
    await fc.assert(
      fc.asyncProperty(world, async (given) => {
        await inWorld(open.client, given, async (reachable) => {
          for (const relation of reachable.relations.values()) {
            if (relation.schema !== "place" || relation.kind !== "r") continue;
            for (const role of askers) {
              for (const name of rowCommands) {
                const extent = extentOf(relation, name, new Rights(role, reachable));
                const found = await attempt(open.client, role, relation, name, extent);
                expect(agrees(extent, found), `${role} ${name} ${relation.name}: ${show(extent)}, but ${found}`).toBe(
                  true,
                );
              }
            }
          }
        });
      }),
      { numRuns: 30, examples: [[twoHalves]] },
    );
  });

  it("is for functions what a call as that role is allowed, and the role that it runs as", async () => {
    await fc.assert(
      fc.asyncProperty(world, async (given) => {
        await inWorld(open.client, given, async (reachable) => {
          const facts = reachFacts(reachable, { roles: askers });
          for (const signature of reachable.functions.keys()) {
            if (!signature.startsWith("place.")) continue;
            for (const role of askers) {
              const fact = facts.find(
                (each) => each.role === role && each.command === "execute" && each.object.id === signature,
              );
              expect([role, signature, await call(open.client, role, signature)]).toEqual([role, signature, fact?.as]);
            }
          }
        });
      }),
      { numRuns: 30 },
    );
  });

  it("is for views what a request as that role reads through them", async () => {
    await fc.assert(
      fc.asyncProperty(world, async (given) => {
        await inWorld(open.client, given, async (reachable) => {
          const facts = reachFacts(reachable, { roles: askers });
          for (const relation of reachable.relations.values()) {
            if (relation.schema !== "place" || relation.kind !== "v") continue;
            for (const role of askers) {
              const rights = new Rights(role, reachable);
              for (const name of ["update", "delete"] as const) {
                const fact = facts.find(
                  ({ role: asker, command, object }) =>
                    asker === role && command === name && object.id === formatQualified(relation),
                );
                const found = await attempt(open.client, role, relation, name, extentOf(relation, name, rights));
                const isNothing = found === 0 || found === "refused" || found === "refused for some rows";
                const isAllowed = isNothing || fact !== undefined;
                expect(isAllowed, `${role} ${name} through ${relation.name}: ${found}`).toBe(true);
              }
              const mayAsk = extentOf(relation, "select", rights).rows === "every";
              const behind = mayAsk ? tablesBehind(relation, role, reachable) : [];
              const extent: Extent = behind[0]?.extent ?? { rows: "none" };
              const found = await attempt(open.client, role, relation, "select", extent);
              expect(agrees(extent, found), `${role} ${relation.name}: ${show(extent)}, but ${found}`).toBe(true);
            }
          }
        });
      }),
      { numRuns: 30 },
    );
  });
});

/** The role that a call ran as; undefined where it is refused. */
async function call(client: pg.Client, role: string, signature: string): Promise<string | undefined> {
  await client.query(`savepoint tried; set local role ${role}`);
  try {
    return (await client.query<{ ran_as: string }>(`select ${signature} as ran_as`)).rows[0]?.ran_as;
  } catch (error) {
    if ((error as pg.DatabaseError).code !== "42501") throw error;
    return undefined;
  } finally {
    await client.query("rollback to savepoint tried; release savepoint tried");
  }
}

async function inWorld(client: pg.Client, given: World, work: (reachable: Reachable) => Promise<void>): Promise<void> {
  await client.query("begin");
  try {
    await client.query(scriptFor(given));
    await work(await readReachable({ run: (script) => runAll(client, script) }));
  } finally {
    await client.query("rollback");
  }
}

async function runAll(client: pg.Client, script: string): Promise<Row[][]> {
  const answer = (await client.query(script)) as unknown as pg.QueryResult<Row> | pg.QueryResult<Row>[];
  return (Array.isArray(answer) ? answer : [answer]).map(({ rows }) => rows);
}

/** How many of the rows were reached; `refused` where the server says no to the whole. */
async function attempt(
  client: pg.Client,
  role: string,
  relation: Relation,
  name: (typeof rowCommands)[number],
  extent: Extent,
): Promise<number | "refused" | "refused for some rows"> {
  const columns = extent.rows === "none" || extent.columns === true ? ["id", "note"] : extent.columns;
  const [column = "id"] = columns;
  const target = `place.${relation.name}`;
  const statements = {
    select: `select ${column} from ${target}`,
    insert: "",
    update: `update ${target} set ${column} = ${column === "id" ? "1" : "''"}`,
    delete: `delete from ${target}`,
  };
  await client.query(`savepoint tried; set local role ${role}`);
  try {
    if (name !== "insert") return (await client.query(statements[name])).rowCount ?? 0;
    let reached = 0;
    for (const id of rowsThere) {
      const row = columns.includes("id") ? `(id) values (${id})` : "(note) values ('')";
      await client.query("savepoint row");
      await client.query(`insert into ${target} ${row}`).then(
        () => reached++,
        () => client.query("rollback to savepoint row"),
      );
    }
    return reached === 0 ? "refused" : reached;
  } catch (error) {
    const { code, message } = error as pg.DatabaseError;
    if (code !== "42501") throw error;
    return message.includes("violates row-level security") ? "refused for some rows" : "refused";
  } finally {
    await client.query("rollback to savepoint tried; release savepoint tried");
  }
}

function agrees(extent: Extent, found: number | "refused" | "refused for some rows"): boolean {
  // What an update may write is another question than which rows it may change.
  if (extent.rows === "every") return found === rowsThere.length || extent.checks !== undefined;
  if (extent.rows === "none") return found === "refused" || found === 0 || found === "refused for some rows";
  // Conditions may exclude each other, and a written row need not be like those that are there.
  return true;
}

function show(extent: Extent): string {
  return JSON.stringify(extent);
}
