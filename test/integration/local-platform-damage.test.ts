import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { ensureLocalDatabase } from "../../infra/local/index.ts";
import { stopPostmaster } from "../../infra/local/postmaster.ts";
import { makeClone, readStored } from "./local-platform-clone.ts";
import { ask, isAlive, until } from "./local-platform-processes.ts";

describe("the local database of a clone, after something went wrong,", () => {
  it("survives the kill of its server, with everything that was committed", async () => {
    const projectDirectory = makeClone();
    const first = await ensureLocalDatabase({ projectDirectory });
    await ask(first.url, ({ run }) => run("create table public.kept as select 1 as id"));
    const { pid } = readStored(projectDirectory);
    process.kill(pid, "SIGKILL");
    await until(() => !isAlive(pid));
    const second = await ensureLocalDatabase({ projectDirectory });
    expect(await ask(second.url, ({ value }) => value("select id from public.kept"))).toBe(1);
  });

  it("starts although, after a reboot, another program has its old process number", async () => {
    const projectDirectory = makeClone();
    await ensureLocalDatabase({ projectDirectory });
    const { folder = join(projectDirectory, ".palisade", "postgres-17"), pid } = readStored(projectDirectory);
    process.kill(pid, "SIGKILL");
    await until(() => !isAlive(pid));
    const bystander = spawn("sleep", ["60"], { stdio: "ignore" });
    try {
      const file = join(folder, "data", "postmaster.pid");
      const [, ...rest] = readFileSync(file, "utf8").split("\n");
      writeFileSync(file, [bystander.pid, ...rest].join("\n"));
      const { url } = await ensureLocalDatabase({ projectDirectory });
      expect(await ask(url, ({ value }) => value("select 1"))).toBe(1);
      expect(bystander.exitCode).toBeNull();
    } finally {
      bystander.kill();
    }
  });

  it("isn't kept back by the lock of a process that died", async () => {
    const projectDirectory = makeClone();
    const dead = spawn("true");
    await once(dead, "exit");
    mkdirSync(join(projectDirectory, ".palisade"));
    writeFileSync(
      join(projectDirectory, ".palisade", "postgres-17.lock"),
      JSON.stringify({ process: dead.pid, host: hostname() }),
    );
    const { url } = await ensureLocalDatabase({ projectDirectory });
    expect(await ask(url, ({ value }) => value("select 1"))).toBe(1);
  });

  it.each(["before there was a record", "after its data were removed by hand"])(
    "is begun anew when an attempt was broken off %s",
    async (when) => {
      const projectDirectory = makeClone();
      const first = await ensureLocalDatabase({ projectDirectory });
      await ask(first.url, ({ run }) => run("create table public.left as select 1 as id"));
      const { folder = join(projectDirectory, ".palisade", "postgres-17") } = readStored(projectDirectory);
      const hasRecord = when === "after its data were removed by hand";
      if (hasRecord) await stopPostmaster(join(folder, "data"), "immediate");
      else rmSync(join(projectDirectory, ".palisade", "postgres-17", "server.json"));
      writeFileSync(join(folder, "unfinished"), "");
      const { url } = await ensureLocalDatabase({ projectDirectory });
      expect(await ask(url, ({ value }) => value("select to_regclass('public.left')"))).toBeNull();
      expect(existsSync(join(folder, "unfinished"))).toBe(false);
    },
  );

  it.each([17, 15] as const)(
    "keeps its rows when its record is emptied, cut off or gone, whether or not the server runs, on %i",
    async (major) => {
      const projectDirectory = makeClone();
      const first = await ensureLocalDatabase({ projectDirectory, major });
      await ask(first.url, ({ run }) => run("create table public.kept as select 1 as id"));
      const file = join(projectDirectory, ".palisade", `postgres-${major}`, "server.json");
      const { folder = join(projectDirectory, ".palisade", `postgres-${major}`) } = readStored(projectDirectory, major);
      const damages: readonly (() => void)[] = [
        () => writeFileSync(file, ""),
        () => writeFileSync(file, readFileSync(file, "utf8").slice(0, 40)),
        () => rmSync(file),
      ];
      for (const damage of damages) {
        damage();
        const lines: string[] = [];
        const { url } = await ensureLocalDatabase({ projectDirectory, major, report: (line) => lines.push(line) });
        expect(await ask(url, ({ value }) => value("select id from public.kept"))).toBe(1);
        expect(lines.join("\n")).toMatch(/server\.json is missing or damaged.*keeps its data/);
      }
      // The same after the server was killed, with its own file emptied as well.
      const { pid: last } = readStored(projectDirectory, major);
      process.kill(last, "SIGKILL");
      await until(() => !isAlive(last));
      writeFileSync(join(folder, "data", "postmaster.pid"), "");
      writeFileSync(file, "");
      const { url } = await ensureLocalDatabase({ projectDirectory, major });
      expect(await ask(url, ({ value }) => value("select id from public.kept"))).toBe(1);
    },
  );

  it.each([
    ["whole", 17],
    ["emptied", 17],
    ["emptied", 15],
  ] as const)(
    "gets new passwords although a child of its killed server lives on, with the server's own file %s, on %i",
    async (state, major) => {
      const projectDirectory = makeClone();
      const { superuserUrl } = await ensureLocalDatabase({ projectDirectory, major });
      const child = await ask(superuserUrl, async ({ value }) =>
        Number(await value("select pid from pg_stat_activity where backend_type = 'checkpointer'")),
      );
      const { pid, folder = join(projectDirectory, ".palisade", `postgres-${major}`) } = readStored(
        projectDirectory,
        major,
      );
      process.kill(child, "SIGSTOP");
      process.kill(pid, "SIGKILL");
      await until(() => !isAlive(pid));
      if (state === "emptied") writeFileSync(join(folder, "data", "postmaster.pid"), "");
      rmSync(join(projectDirectory, ".palisade", `postgres-${major}`, "server.json"));
      const recovery = ensureLocalDatabase({ projectDirectory, major });
      await Promise.race([pause(500), recovery]);
      process.kill(child, "SIGCONT");
      expect(await ask((await recovery).url, ({ value }) => value("select 1"))).toBe(1);
    },
  );

  it.runIf(process.platform === "linux")(
    "is made anew if its folder was deleted while it ran, and that is said",
    async () => {
      const projectDirectory = makeClone();
      await ensureLocalDatabase({ projectDirectory });
      const { pid } = readStored(projectDirectory);
      rmSync(join(projectDirectory, ".palisade"), { recursive: true });
      const lines: string[] = [];
      const { url } = await ensureLocalDatabase({ projectDirectory, report: (line) => lines.push(line) });
      expect(lines[0]).toContain("postgres-17, was deleted while the server ran, and the rows with it");
      expect(await ask(url, ({ value }) => value("select 1"))).toBe(1);
      process.kill(pid, "SIGQUIT");
      await until(() => !isAlive(pid));
    },
  );

  it("is never replaced by a new one when its data can't be opened, and says what to do", async () => {
    const projectDirectory = makeClone();
    await ensureLocalDatabase({ projectDirectory });
    const { pid, folder = join(projectDirectory, ".palisade", "postgres-17") } = readStored(projectDirectory);
    process.kill(pid, "SIGKILL");
    await until(() => !isAlive(pid));
    const control = join(folder, "data", "global", "pg_control");
    const whole = readFileSync(control);
    writeFileSync(control, "");
    await expect(ensureLocalDatabase({ projectDirectory })).rejects.toThrow(
      /did not start\. Its log, .*server\.log, ends with:.*Nothing has been deleted.*npm run down/s,
    );
    writeFileSync(join(projectDirectory, ".palisade", "postgres-17", "server.json"), "");
    await expect(ensureLocalDatabase({ projectDirectory })).rejects.toThrow(/Nothing has been deleted.*npm run down/s);
    writeFileSync(control, whole);
    const { url } = await ensureLocalDatabase({ projectDirectory });
    expect(await ask(url, ({ value }) => value("select 1"))).toBe(1);
  });
});
