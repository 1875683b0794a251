import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Properties } from "../../../infra/values/properties.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";
import type { TestDatabase } from "../../support/test-server.ts";
import { DirectProvider, kindOf } from "./direct.ts";
import { type Scenario, scenarios } from "./recursion-scenarios.ts";

interface Declared {
  readonly kind: string;
  readonly name: string;
  readonly normal: Properties;
}

describe.each([18, 17, 15] as const)("policies that lead back to their own table, on PostgreSQL %i", (major) => {
  let opened: OpenDatabase | undefined;
  let database: TestDatabase;
  let client: pg.Client;

  beforeAll(async () => {
    opened = await openDatabase(major);
    ({ database, client } = opened);
    await client.query(
      "create role recursion_owner; create role recursion_other; grant recursion_owner, recursion_other to postgres",
    );
  });
  afterAll(async () => {
    await opened?.close();
  });

  describe.each(scenarios.map((scenario, index) => ({ ...scenario, schema: `recursion_${index}` })))(
    "where $name",
    (scenario) => {
      let provider: DirectProvider;
      let declared: readonly Declared[];

      beforeAll(async () => {
        await client.query(setup(scenario));
        provider = new DirectProvider(database.url);
        declared = await declare(provider, scenario);
      });
      afterAll(() => provider.close());

      it(`the query ${scenario.server === "works" ? "works" : `fails with ${scenario.server}`}`, async () => {
        expect(await runForReal(client, provider, scenario, declared)).toBe(scenario.server);
      });

      it(`the preview ${scenario.preview} it`, async () => {
        const refusals: string[] = [];
        for (const { kind, name, normal } of declared) {
          await provider
            .previewCreate(kind, name, normal)
            .catch((error: Error) => refusals.push(`${name}: ${error.message}`));
        }
        if (scenario.preview === "accepts") expect(refusals).toEqual([]);
        else {
          // The policy, the whole way, what PostgreSQL would do, and what to do.
          expect(refusals.join("\n")).toMatch(/^[ab]: policies\.\w+\.(using|withCheck): the policy \w+ reads /m);
          expect(refusals.join("\n")).toMatch(
            /leads back to \w+\.[ab]\..*\((42P17|54001)\)\. Read the table in a function that is SECURITY DEFINER/,
          );
        }
      });
    },
  );

  it("is refused where the function is what changes", async () => {
    const text = "create function changing.f(i int) returns boolean language sql stable";
    const body = "select exists (select from changing.a where id = i)";
    await client.query(
      setup({
        schema: "changing",
        setup: `${text} security definer as '${body}'; alter function changing.f(int) owner to postgres;
          alter table changing.a enable row level security; create policy p on changing.a using (changing.f(id))`,
      }),
    );
    const provider = new DirectProvider(database.url, { adopt: true });
    const preview = async (definition: string) => {
      const normal = await provider.check("Function", "f", { definition, execute: ["public"] });
      await provider.previewCreate("Function", "f", normal as Properties);
    };
    await preview(`${text} security definer as '${body}'`);
    await expect(preview(`${text} as '${body}'`)).rejects.toThrow(
      /^definition: the policy p reads changing\.a in changing\.f\(integer\), which leads back to changing\.a\./,
    );
    await provider.close();
  });
});

function setup({ schema, setup: more = "select" }: Pick<Scenario, "setup"> & { readonly schema: string }): string {
  return [
    `create schema $s authorization postgres; grant usage on schema $s to public; grant create on schema $s to recursion_owner, recursion_other`,
    "create table $s.a (id int, x int); create table $s.b (id int, x int); create table $s.c (id int, x int)",
    "insert into $s.a values (1, 1), (2, 2); insert into $s.b values (1, 1); insert into $s.c values (1, 1)",
    "grant all on all tables in schema $s to public; alter table $s.a owner to postgres; alter table $s.b owner to postgres",
    more,
    "grant all on all tables in schema $s to public",
  ]
    .join(";\n")
    .replaceAll("$s", schema);
}

/** Everything is checked before anything is previewed, as the engine does it. */
async function declare(
  provider: DirectProvider,
  scenario: Scenario & { readonly schema: string },
): Promise<Declared[]> {
  const { schema, a, b, access, functions = [] } = scenario;
  const everybody = { public: "all" };
  const inputs = [
    ...functions.map((definition, index) => ({
      kind: "Function",
      name: `f${index}`,
      input: { definition, execute: ["public"] },
    })),
    ...(a === undefined
      ? []
      : [
          {
            kind: "TableAccess",
            name: "a",
            input: { table: `${schema}.a`, policies: a, grants: everybody, ...access },
          },
        ]),
    ...(b === undefined
      ? []
      : [{ kind: "TableAccess", name: "b", input: { table: `${schema}.b`, policies: b, grants: everybody } }]),
  ];
  const declared: Declared[] = [];
  for (const { kind, name, input } of inputs) {
    const text = JSON.parse(JSON.stringify(input).replaceAll("$s", schema)) as unknown;
    const normal = await provider.check(kind, name, text);
    if (Array.isArray(normal)) throw new Error(JSON.stringify(normal));
    declared.push({ kind, name, normal: normal as Properties });
  }
  return declared;
}

/** Makes everything, asks, and undoes it. */
async function runForReal(
  client: pg.Client,
  provider: DirectProvider,
  { schema, query = "select * from $s.a" }: Scenario & { readonly schema: string },
  declared: readonly Declared[],
): Promise<string> {
  const catalog = await provider.operation.snapshot();
  await client.query("begin");
  try {
    // What the stack makes belongs to the role that deploys.
    await client.query("set local role postgres");
    for (const { kind, normal } of declared) {
      const live = kindOf(kind).find(catalog, kindOf(kind).identify(normal));
      for (const statement of kindOf(kind).plan(live, normal, catalog.server)) await client.query(statement);
    }
    await client.query("reset role; set local max_stack_depth = '500kB'; set local role authenticated");
    await client.query(query.replaceAll("$s", schema));
    return "works";
  } catch (error) {
    return String((error as { code?: unknown }).code);
  } finally {
    await client.query("rollback");
  }
}
