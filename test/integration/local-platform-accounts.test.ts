import { chownSync, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ensureLocalDatabase, removeLocalDatabase } from "../../infra/local/index.ts";
import { makeClone, readStored } from "./local-platform-clone.ts";
import { ask, entry, readLine, runScript } from "./local-platform-processes.ts";

describe("the local database of a clone", () => {
  it.runIf(process.getuid?.() === 0)("works for root, in a clone that no other account may enter", async () => {
    mkdirSync("/root", { recursive: true, mode: 0o700 });
    const projectDirectory = makeClone("/root");
    const { url } = await ensureLocalDatabase({ projectDirectory });
    expect(await ask(url, ({ value }) => value("select 1"))).toBe(1);
    const { folder } = readStored(projectDirectory);
    expect(folder).toMatch(/^\/var\/tmp\/palisade-/);
    await ask(url, ({ run }) => run("create table public.kept as select 1 as id"));
    // Wherever the record says the data are: they are not made anew while they are there.
    const file = join(projectDirectory, ".palisade", "postgres-17", "server.json");
    const damaged = [() => "", () => JSON.stringify({ ...readStored(projectDirectory), folder: undefined })];
    for (const write of damaged) {
      writeFileSync(file, write());
      const again = await ensureLocalDatabase({ projectDirectory });
      expect(await ask(again.url, ({ value }) => value("select id from public.kept"))).toBe(1);
      expect(readStored(projectDirectory).folder).toBe(folder);
    }
    await removeLocalDatabase({ projectDirectory });
    expect(existsSync(folder ?? "")).toBe(false);
    expect(existsSync(join(folder ?? "", ".."))).toBe(false);
  });

  it.runIf(process.getuid?.() === 0)("works for an ordinary user, and belongs to them", async () => {
    const projectDirectory = makeClone(tmpdir(), 0o700);
    const nobody = { uid: 65_534, gid: 65_534 };
    chownSync(projectDirectory, nobody.uid, nobody.gid);
    const child = runScript(
      `import { ensureLocalDatabase } from ${JSON.stringify(entry)};
         console.log((await ensureLocalDatabase(${JSON.stringify({ projectDirectory })})).url);`,
      nobody,
    );
    expect(await ask(await readLine(child), ({ value }) => value("select 1"))).toBe(1);
    expect(readStored(projectDirectory).folder).toBeUndefined();
    expect(statSync(join(projectDirectory, ".palisade", "postgres-17", "server.json")).uid).toBe(nobody.uid);
  });

  it.runIf(process.getuid?.() === 0)("keeps its data in the clone where the server's account may enter", async () => {
    const projectDirectory = makeClone();
    await ensureLocalDatabase({ projectDirectory });
    expect(readStored(projectDirectory).folder).toBeUndefined();
    expect(existsSync(join(projectDirectory, ".palisade", "postgres-17", "data", "PG_VERSION"))).toBe(true);
  });

  it.runIf(process.getuid?.() === 0)("says what to do where an account may not enter its folder", async () => {
    const projectDirectory = makeClone();
    const closed = join(projectDirectory, ".palisade");
    mkdirSync(closed, { mode: 0o700 });
    const refusal = () =>
      readLine(
        runScript(
          `import { ensureLocalDatabase } from ${JSON.stringify(entry)};
             await ensureLocalDatabase(${JSON.stringify({ projectDirectory })}).catch((error) => console.log(error.message));`,
          { uid: 65_534, gid: 65_534 },
        ),
      );
    const sentence = "can't be read or written by this account: run the command as its owner";
    expect(await refusal()).toContain(`${closed} ${sentence}`);
    // The same where Pulumi's state in it was made by another account.
    chownSync(closed, 65_534, 65_534);
    mkdirSync(join(closed, "state"), { mode: 0o700 });
    expect(await refusal()).toContain(`${join(closed, "state")} ${sentence}`);
    rmSync(join(projectDirectory, ".palisade"), { recursive: true });
    writeFileSync(join(projectDirectory, ".palisade"), "");
    await expect(ensureLocalDatabase({ projectDirectory })).rejects.toThrow(
      /\.palisade should be a folder, and is a file/,
    );
    rmSync(join(projectDirectory, ".palisade"));
  });
});
