import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, it } from "vitest";
import { folderOutside } from "../../infra/local/folders.ts";
import { startTestServer } from "../support/test-server.ts";
import { openSession } from "./local-platform.ts";
import { ask, isAlive, postmasterOf, readLine, runScript, until } from "./local-platform-processes.ts";

/** For programs that run in a process of their own. */
const testServers = join(import.meta.dirname, "../support/test-server.ts");

const temporaryServers = join(import.meta.dirname, "../../infra/local/temporary-server.ts");

function listScratch(folder: string): readonly string[] {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names.filter((name) => name.startsWith("scratch-")).map((name) => join(folder, name));
}

describe.each([17, 15] as const)("a test server of PostgreSQL %i", (major) => {
  const started = startTestServer(major);
  afterAll(async () => (await started).stop());

  it("gives each caller a fresh database that behaves as hosted", async () => {
    const server = await started;
    const [one, two] = await Promise.all([server.createDatabase(), server.createDatabase()]);
    await ask(one.url, async ({ run, value }) => {
      await run("create table public.notes (id int)");
      await run("create policy ours on storage.objects using (true)");
      expect(await value("select datdba::regrole::text from pg_database where datname = current_database()")).toBe(
        "postgres",
      );
    });
    await ask(two.url, async ({ value }) => {
      expect(await value("select to_regclass('public.notes')")).toBeNull();
      expect(await value("select count(*)::int from pg_policy")).toBe(0);
    });
    await one.drop();
    await one.drop();
    await expect(ask(one.url, async () => {})).rejects.toMatchObject({ code: "3D000" });
  });

  it("is there again after a restart and after a kill, with what was committed", async () => {
    const server = await started;
    const { url } = await server.createDatabase();
    await ask(url, ({ run }) => run("create table public.notes as select 1 as id"));
    await server.restart();
    expect(await ask(url, ({ value }) => value("select id from public.notes"))).toBe(1);
    await server.kill("SIGKILL");
    await expect(ask(url, async () => {})).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await server.restart();
    expect(await ask(url, ({ value }) => value("select id from public.notes"))).toBe(1);
    expect(readFileSync(server.logFile, "utf8")).toMatch(/database system was not properly shut down/);
  });

  it("starts again after a kill while a session is still at work", async () => {
    const server = await started;
    const { url } = await server.createDatabase();
    const busy = await openSession(url);
    const work = busy.run("select count(*) from generate_series(1, 8000000)").catch(() => "ended");
    const atWork =
      "select count(*)::int from pg_stat_activity where state = 'active' and query like '%generate_series%8000000%' and pid <> pg_backend_pid()";
    while ((await ask(url, ({ value }) => value(atWork))) === 0) await sleep(20);
    await server.kill("SIGKILL");
    await server.restart();
    expect(await ask(url, ({ value }) => value("select 1"))).toBe(1);
    await work;
    await busy.client.end().catch(() => {});
  });

  it("leaves neither process nor folder when it is stopped", async () => {
    const server = await startTestServer(major);
    const folder = join(server.logFile, "..");
    const pid = postmasterOf(folder);
    await server.stop();
    expect(isAlive(pid)).toBe(false);
    expect(existsSync(folder)).toBe(false);
  });

  it.each(["SIGKILL", "SIGTERM", "SIGINT"] as const)("ends when its process gets %s", async (signal) => {
    const child = runScript(`import { startTestServer } from ${JSON.stringify(testServers)};
      const server = await startTestServer(${major});
      console.log(server.logFile); setInterval(() => {}, 1000);`);
    const folder = join(await readLine(child), "..");
    const pid = postmasterOf(folder);
    expect(isAlive(pid)).toBe(true);
    child.kill(signal);
    await until(() => !isAlive(pid) && !existsSync(folder));
  });

  it.runIf(major === 17)(
    "is left by a process that gets SIGKILL where it is for one piece of work, and removed by the next",
    async () => {
      const project = mkdtempSync(join(tmpdir(), "palisade-temporary-"));
      const folders = () => [join(project, ".palisade"), folderOutside(project)].flatMap(listScratch);
      const start = async () => {
        const child = runScript(`import { withTemporaryServer } from ${JSON.stringify(temporaryServers)};
        await withTemporaryServer({ projectDirectory: ${JSON.stringify(project)}, major: ${major} }, async () => {
          console.log("there"); await new Promise((resolve) => setTimeout(resolve, 300_000));
        });`);
        await readLine(child);
        return child;
      };
      const end = async (child: ChildProcess, signal: NodeJS.Signals) => {
        child.kill(signal);
        if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      };
      await end(await start(), "SIGKILL");
      const [left = ""] = folders();
      const pid = postmasterOf(left);
      expect(isAlive(pid)).toBe(true);
      const next = await start();
      expect([isAlive(pid), existsSync(left), folders().length]).toEqual([false, false, 1]);
      await end(next, "SIGTERM");
      expect(folders()).toEqual([]);
      rmSync(project, { recursive: true });
    },
  );

  it("lets its process end by itself", async () => {
    const child = runScript(`import { startTestServer } from ${JSON.stringify(testServers)};
      console.log((await startTestServer(${major})).logFile);`);
    const folder = join(await readLine(child), "..");
    if (child.exitCode === null) {
      await once(child, "exit");
    }
    expect(child.exitCode).toBe(0);
    await until(() => !existsSync(folder));
  });
});
