import { once } from "node:events";
import { existsSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ensureLocalDatabase, removeLocalDatabase } from "../../infra/local/index.ts";
import { makeClone, readStored } from "./local-platform-clone.ts";
import { ask, entry, isAlive, readLine, runScript, until } from "./local-platform-processes.ts";

describe("the local database of a clone", () => {
  it("is made once, then found running, and answers as postgres", async () => {
    const projectDirectory = makeClone();
    const lines: string[] = [];
    const report = (line: string) => lines.push(line);
    const first = await ensureLocalDatabase({ projectDirectory, major: 17, report });
    const { pid } = readStored(projectDirectory);
    expect(await ensureLocalDatabase({ projectDirectory, major: 17, report })).toEqual(first);
    expect(lines).toEqual(["Making a local PostgreSQL 17 that behaves as a hosted project."]);
    expect(readStored(projectDirectory).pid).toBe(pid);
    await ask(first.url, async ({ value }) => {
      expect(await value("select current_user || '@' || current_database()")).toBe("postgres@postgres");
      expect(await value("select current_setting('server_version_num')::int / 10000")).toBe(17);
    });
    await ask(first.superuserUrl, async ({ value }) => {
      expect(await value("select current_user::text")).toBe("supabase_admin");
    });
  });

  it("keeps its secrets from other accounts", async () => {
    const projectDirectory = makeClone();
    await ensureLocalDatabase({ projectDirectory });
    const file = join(projectDirectory, ".palisade", "postgres-17", "server.json");
    expect((statSync(file).mode & 0o777).toString(8)).toBe("600");
  });

  it("keeps data, port and passwords when it is stopped and started again", async () => {
    const projectDirectory = makeClone();
    const first = await ensureLocalDatabase({ projectDirectory });
    await ask(first.url, ({ run }) => run("create table public.kept as select 1 as id"));
    const { pid } = readStored(projectDirectory);
    process.kill(pid, "SIGINT");
    await until(() => !isAlive(pid));
    const second = await ensureLocalDatabase({ projectDirectory });
    expect(second).toEqual(first);
    expect(await ask(second.url, ({ value }) => value("select id from public.kept"))).toBe(1);
  });

  it("moves to another port when somebody else took its own, and stays there", async () => {
    const projectDirectory = makeClone();
    const first = await ensureLocalDatabase({ projectDirectory });
    const { pid } = readStored(projectDirectory);
    process.kill(pid, "SIGINT");
    await until(() => !isAlive(pid));
    const squatter = createServer().listen(first.port, "127.0.0.1");
    await once(squatter, "listening");
    const second = await ensureLocalDatabase({ projectDirectory });
    squatter.close();
    expect(second.port).not.toBe(first.port);
    expect(await ensureLocalDatabase({ projectDirectory })).toEqual(second);
    expect(await ask(second.url, ({ value }) => value("select 1"))).toBe(1);
  });

  it("is separate for each clone and each major version", async () => {
    const [one, two] = [makeClone(), makeClone()];
    const databases = await Promise.all([
      ensureLocalDatabase({ projectDirectory: one, major: 17 }),
      ensureLocalDatabase({ projectDirectory: one, major: 15 }),
      ensureLocalDatabase({ projectDirectory: two, major: 17 }),
    ]);
    expect(new Set(databases.map(({ port }) => port)).size).toBe(3);
    expect(new Set(databases.map(({ url }) => new URL(url).password)).size).toBe(3);
    const folders = await Promise.all(
      databases.map(({ superuserUrl }) => ask(superuserUrl, ({ value }) => value("show data_directory"))),
    );
    expect(new Set(folders).size).toBe(3);
  });

  it("is started once when two processes ask at the same time, and both get it", async () => {
    const projectDirectory = makeClone();
    const script = `import { ensureLocalDatabase } from ${JSON.stringify(entry)};
      console.log((await ensureLocalDatabase(${JSON.stringify({ projectDirectory })})).url);`;
    const [one, two] = await Promise.all([runScript(script), runScript(script)].map(readLine));
    expect(one).toMatch(/^postgresql:/);
    expect(two).toBe(one);
    expect(await ask(one ?? "", ({ value }) => value("select 1"))).toBe(1);
  });

  it("lives on after the process that started it", async () => {
    const projectDirectory = makeClone();
    const child = runScript(`import { ensureLocalDatabase } from ${JSON.stringify(entry)};
      console.log((await ensureLocalDatabase(${JSON.stringify({ projectDirectory })})).url);`);
    const url = await readLine(child);
    if (child.exitCode === null) {
      await once(child, "exit");
    }
    expect(await ask(url, ({ value }) => value("select 1"))).toBe(1);
  });

  it("is stopped and removed whole, and removing what isn't there is no error", async () => {
    const projectDirectory = makeClone();
    await ensureLocalDatabase({ projectDirectory, major: 17 });
    await ensureLocalDatabase({ projectDirectory, major: 15 });
    const stored = [17, 15].map((major) => ({ ...readStored(projectDirectory, major) }));
    const lines: string[] = [];
    expect(await removeLocalDatabase({ projectDirectory, report: (line) => lines.push(line) })).toBe(true);
    expect(lines).toContain("Stopping the local PostgreSQL 17.");
    for (const { pid, folder } of stored) {
      expect(isAlive(pid)).toBe(false);
      expect(folder !== undefined && existsSync(folder)).toBe(false);
    }
    expect(existsSync(join(projectDirectory, ".palisade", "postgres-17"))).toBe(false);
    expect(await removeLocalDatabase({ projectDirectory })).toBe(false);
  });

  it("is refused for a version that doesn't exist here, in words that say what to set", async () => {
    const previous = process.env.PALISADE_POSTGRES;
    process.env.PALISADE_POSTGRES = "16";
    try {
      await expect(ensureLocalDatabase({ projectDirectory: makeClone() })).rejects.toThrow(
        'PALISADE_POSTGRES is "16". Set it to 15, 17 or 18, or leave it out for 17.',
      );
    } finally {
      if (previous === undefined) {
        delete process.env.PALISADE_POSTGRES;
      } else {
        process.env.PALISADE_POSTGRES = previous;
      }
    }
  });
});
