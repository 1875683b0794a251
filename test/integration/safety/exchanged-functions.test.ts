import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Major } from "../../../infra/local/index.ts";
import type { Properties } from "../../../infra/values/properties.ts";
import { type Run, TestStack } from "../../support/stack.ts";
import { startTestServer, type TestDatabase, type TestServer } from "../../support/test-server.ts";
import { DirectProvider } from "../truth/direct.ts";
import {
  type Exchange,
  exchanges,
  exchangeTables,
  foreignProgram,
  foreignUses,
  usedFunction,
} from "./exchange-scenarios.ts";

const program = (body: string) => `import { DatabaseFunction, Policy, TableAccess } from "pulumi-palisade";\n${body}\n`;
const all = (age: "old" | "new") => program(exchanges.map((exchange) => exchange[age]).join("\n"));
const withoutFunctions = (text: string) =>
  text
    .replace(/const f_(\w+) = new DatabaseFunction.*\n/g, "const f_$1: DatabaseFunction[] = [];\n")
    .replace(/\[f_(\w+)\]/g, "f_$1");
const without =
  (...names: readonly string[]) =>
  (exchange: Exchange) =>
    !names.includes(exchange.name);

describe.each<Major>([17, 15])(
  "on PostgreSQL %i, a function that is replaced while what the stack declares uses it",
  (major) => {
    let server: TestServer;
    beforeAll(async () => {
      server = await startTestServer(major);
    });
    afterAll(async () => {
      await server?.stop();
    });

    describe.each([
      ["after a preview", ["up", "--yes"]],
      ["without a preview", ["up", "--yes", "--skip-preview"]],
    ] as const)("%s", (title, [command, ...options]) => {
      let stack: TestStack;
      let run: Run;
      let withoutPreview: Run | undefined;
      let seen: readonly string[];
      beforeAll(async () => {
        stack = await TestStack.create({ database: await server.createDatabase(), program: all("old") });
        await stack.sql(
          "create schema private; alter schema private owner to postgres; grant usage on schema private to authenticated",
        );
        await stack.sql(exchangeTables(exchanges.filter(without("shared"))));
        succeed(await stack.up());
        stack.write(all("new"));
        const states = new Set<string>();
        let isRunning = true;
        const watching = (async () => {
          while (isRunning) states.add((await openPolicies(stack)).join());
        })();
        run = await stack.run(command, ...options);
        if (title === "without a preview") {
          withoutPreview = run;
          run = await stack.run("up", "--yes");
        }
        isRunning = false;
        await watching;
        seen = [...states];
      });
      afterAll(async () => await stack?.close());

      it("goes over in one update, and the next one changes nothing", async () => {
        succeed(run);
        succeed(await stack.preview("--expect-no-changes"));
        const { output } = await stack.run("stack", "export");
        expect(output).not.toContain('"delete": true');
      });

      it("leaves nobody the old function, and every policy the new one", async () => {
        const rows = await stack.sql<{ name: string }>(
          "select oid::regprocedure::text as name from pg_proc where pronamespace = 'private'::regnamespace or proname = 'moves' order by 1",
        );
        expect(rows.map(({ name }) => name)).toEqual([
          "moves(text)",
          "private.again(text,boolean)",
          "private.inner_one(text,boolean)",
          "private.is_new(text)",
          "private.kind_of(text)",
          "private.level(text,boolean)",
          "private.may(text,boolean)",
          "private.named(text)",
          "private.outer_one(text)",
          "private.over(text,text)",
          "private.reads(text,boolean)",
          "private.sees(text,boolean)",
          "private.twice(text,boolean)",
          "private.under_name(text,boolean)",
        ]);
        expect(await policies(stack)).toEqual([
          "exchange_ambiguous/read: private.level(project)",
          "exchange_argument/read: private.named(project)",
          "exchange_moved/read: moves(project)",
          "exchange_moved_over/read: private.twice(project)",
          "exchange_overloaded/read: private.over(project)",
          "exchange_parameter/narrow: (private.sees(project) OR (id = 'b'::text))",
          "exchange_parameter/read: ( SELECT private.sees(exchange_parameter.project) AS sees)",
          "exchange_parsed/read: private.outer_one(project)",
          "exchange_renamed/read: private.is_new(project)",
          "exchange_rephrased/read: (private.again(project) AND (id <> 'x'::text))",
          "exchange_required/read: private.may(project, true)",
          "exchange_resource/read: private.under_name(project)",
          "exchange_retyped/read: private.kind_of(project)",
          "storage.objects/exchange: private.reads(name)",
        ]);
      });

      it("says what an update needs a preview for, and changes nothing of that without one", () => {
        if (withoutPreview === undefined) return;
        expect(withoutPreview.output).toContain(
          "it is used by the policy read on public.exchange_retyped, whose conditions do not hold without it. Run the update with its preview",
        );
      });

      it("can't be taken out of the program while a policy calls it, which is named; and can, together with all that call it", async () => {
        stack.write(withoutFunctions(all("new")));
        const refused = await stack.run(command, ...options);
        expect(refused.exitCode, refused.output).not.toBe(0);
        expect(refused.output).toMatch(
          /private\.\w+\(text(, \w+)?\) can't be dropped: it is used by the policy \w+ on (public|storage)\.\w+/,
        );
        // The state does not know any more who calls what, so that the engine removes all of it at the same time, as far as it has places.
        stack.write(program(""));
        succeed(await stack.run(command, ...options, "--parallel", "64"));
        expect(await stack.sql("select from pg_proc where pronamespace = 'private'::regnamespace")).toEqual([]);
      });

      it("shows nobody a policy closed, or a table with one missing, at any moment", () => {
        expect(seen).toEqual([seen[0]]);
        expect(seen[0]?.split(",")).toHaveLength(14);
      });
    });

    describe("is refused where something uses it that is not the stack's", () => {
      let database: TestDatabase;
      let stack: TestStack;
      const functions = async () =>
        await stack.sql("select oid, proname from pg_proc where pronamespace = 'private'::regnamespace order by 1");
      beforeAll(async () => {
        database = await server.createDatabase();
        stack = await TestStack.create({ database, program: program(foreignProgram("old")) });
        await stack.sql(`create schema private; alter schema private owner to postgres;
        create table public.uses (id text, project text, flag boolean)`);
        succeed(await stack.up());
        for (const [sql] of Object.values(foreignUses)) await stack.sql(sql);
        stack.write(program(foreignProgram("new")));
      });
      afterAll(async () => await stack?.close());

      it.each(Object.entries(foreignUses))("and is named: %s", async (name, [, words]) => {
        const provider = new DirectProvider(database.url);
        try {
          const input = { definition: usedFunction(name, "old"), execute: ["authenticated"] };
          const former = (await provider.check("Function", name, input)) as Properties;
          await provider.read("Function", name, { id: String(former.signature), inputs: former, kept: {} });
          const desired = await provider.check(
            "Function",
            name,
            { ...input, definition: usedFunction(name, "new") },
            former,
          );
          await expect(provider.previewCreate("Function", name, desired as Properties)).rejects.toThrow(words);
          const renamed = {
            ...input,
            definition: usedFunction(name, "old").replace("project text", "of_project text"),
          };
          const changed = (await provider.check("Function", name, renamed, former)) as Properties;
          await expect(provider.previewUpdate("Function", name, former, changed)).rejects.toThrow(words);
        } finally {
          await provider.close();
        }
      });

      it.each(["preview", "up"] as const)("by %s, and nothing is changed", async (command) => {
        const before = await functions();
        const run = await stack[command]();
        expect(run.exitCode, run.output).not.toBe(0);
        expect(run.output).toMatch(/can't be replaced by .*: it is used by the/);
        expect(await functions()).toEqual(before);
      });
    });
  },
);

/** The policies whose conditions are more than a constant. */
async function openPolicies(stack: TestStack): Promise<readonly string[]> {
  const rows = await stack.sql<{ id: string }>(
    "select polrelid::regclass || '/' || polname as id from pg_policy where polqual::text not like '{CONST %' order by 1",
  );
  return rows.map(({ id }) => id);
}

async function policies(stack: TestStack): Promise<readonly string[]> {
  const rows = await stack.sql<{ line: string }>(
    "select polrelid::regclass || '/' || polname || ': ' || pg_get_expr(polqual, polrelid) as line from pg_policy",
  );
  return rows.map(({ line }) => line).sort((left, right) => (left < right ? -1 : 1));
}

function succeed(run: Run): void {
  expect(run.exitCode, run.output).toBe(0);
}
