import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { engineEnvironment, ensureEngine } from "../../../infra/engine/index.ts";
import { projectDirectory } from "../../../infra/settings/project-folder.ts";
import { findDescendants, type RunningProcess } from "../../support/processes.ts";
import { until } from "../../support/sessions.ts";
import { createTables, declareTables } from "../../support/small-tables.ts";
import { TestStack } from "../../support/stack.ts";
import { startTestServer, type TestServer } from "../../support/test-server.ts";

/** How many kills, spread over the whole time that a preview takes. */
const kills = Number(process.env.PALISADE_KILLS ?? 16);
const tables = ["orders", "invoices"];
const kinds = ["language host", "policy pack", "program", "provider"] as const;

describe("an engine that is killed, from its first moment to its last", () => {
  let server: TestServer | undefined;
  let stack: TestStack;
  let environment: Record<string, string | undefined>;
  let pulumi: string;

  beforeAll(async () => {
    server = await startTestServer(17);
    stack = await TestStack.create({
      database: await server.createDatabase(),
      program: declareTables(tables, "old"),
      ownProcess: true,
    });
    await createTables(stack, tables);
    const first = await stack.up();
    expect(first.exitCode, first.output).toBe(0);
    const engine = await ensureEngine(() => {});
    pulumi = join(engine.directory, "pulumi");
    environment = engineEnvironment(engine, {
      ...process.env,
      ...stack.options.environment,
      PULUMI_BACKEND_URL: `file://${join(stack.folder, "state")}`,
      PULUMI_HOME: join(stack.folder, "state", "home"),
      PULUMI_CONFIG_PASSPHRASE: "",
    });
  });
  afterAll(async () => {
    await stack?.close();
    await server?.stop();
  });

  const start = (mark: string): ChildProcess =>
    spawn(
      pulumi,
      ["preview", "--stack", "test", "--non-interactive", "--policy-pack", join(projectDirectory, "policies")],
      {
        cwd: stack.folder,
        env: { ...environment, PWD: stack.folder, PALISADE_TEST_RUN: mark },
        // A pipe whose other end is ours, as in a pipeline of continuous integration.
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
  const descendants = (mark: string) => findDescendants(`PALISADE_TEST_RUN=${mark}`);

  /** Kills an engine at a moment, and waits until nothing of it is left. @returns what was there when it was killed */
  async function killAt(
    moment: (mark: string, engine: ChildProcess) => Promise<unknown>,
  ): Promise<readonly RunningProcess[]> {
    const mark = randomUUID();
    const engine = start(mark);
    const ended = once(engine, "exit");
    await Promise.race([moment(mark, engine), ended]);
    const there = await descendants(mark);
    engine.kill("SIGKILL");
    engine.stdout?.destroy();
    engine.stderr?.destroy();
    await ended;
    // The official language host takes up to five minutes.
    await until(async () => (await descendants(mark)).length === 0, 400).catch(async () => {
      expect((await descendants(mark)).map(({ command }) => command)).toEqual([]);
    });
    return there;
  }

  it(
    "leaves no program, no provider, no policy pack and no language host behind",
    async () => {
      const mark = randomUUID();
      const began = performance.now();
      const whole = start(mark);
      whole.stdout?.resume();
      whole.stderr?.resume();
      expect((await once(whole, "exit"))[0]).toBe(0);
      const duration = performance.now() - began;
      const seen = new Set<string>();
      let next = 0;
      const lane = async () => {
        for (let number = next++; number < kills; number = next++) {
          const there = await killAt(() => sleep((duration * number) / kills));
          for (const { command } of there) seen.add(kindOf(command));
        }
      };
      await Promise.all([lane(), lane()]);
      console.info(
        `killed engines ${kills} times; beside them were at one time or another: ${[...seen].sort().join(", ")}`,
      );
    },
    600_000 + kills * 60_000,
  );

  it("leaves none of them behind where it is killed as soon as one of them is there", async ({ signal }) => {
    for (const wanted of kinds) {
      const isWanted = ({ command }: RunningProcess) => kindOf(command) === wanted;
      const killed = () =>
        killAt((mark, engine) =>
          until(async () => engine.exitCode !== null || (await descendants(mark)).some(isWanted)),
        );
      // On a busy machine one may come and go between two looks.
      while (!signal.aborted && !(await killed()).some(isWanted));
      expect(signal.aborted, `a ${wanted} was there`).toBe(false);
    }
  }, 1_800_000);
});

function kindOf(command: string): (typeof kinds)[number] | "another" {
  if (command.includes("infra/provider/start.mjs")) return "provider";
  if (command.includes("cmd/run-policy-pack")) return "policy pack";
  if (command.includes("cmd/run")) return "program";
  if (command.includes("pulumi-language-nodejs")) return "language host";
  return "another";
}
