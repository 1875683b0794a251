import { rmSync, symlinkSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { engineEnvironment } from "../../infra/engine/engine.ts";
import { findInstalledEngine } from "../../infra/engine/installed.ts";
import { createTestFolder } from "../support/folder.ts";
import { pathOf, writeEngine, writeProgram } from "../support/programs.ts";

describe("an engine on PATH", () => {
  it("is used when it is new enough", async () => {
    const folder = writeEngine(createTestFolder(), "3.200.1");
    expect(await findInstalledEngine({ PATH: pathOf(folder) })).toEqual({
      version: "3.200.1",
      origin: "installed",
      directory: folder,
    });
  });

  it("is refused with its version when it is too old", async () => {
    const folder = writeEngine(createTestFolder(), "3.100.0");
    await expect(findInstalledEngine({ PATH: pathOf(folder) })).rejects.toThrow(/is 3\.100\.0; 3\.178\.0 or later/);
  });

  it("is refused without its Node.js language host", async () => {
    const folder = writeEngine(createTestFolder(), "3.220.0");
    rmSync(join(folder, "pulumi-language-nodejs"));
    await expect(findInstalledEngine({ PATH: pathOf(folder) })).rejects.toThrow(/without its Node\.js language host/);
  });

  it("may be a link to a folder that has the language host", async () => {
    const folder = createTestFolder();
    writeEngine(join(folder, "installed"), "3.220.0");
    const link = writeProgram(join(folder, "bin", "other"));
    symlinkSync(join(folder, "installed", "pulumi"), join(dirname(link), "pulumi"));
    expect(await findInstalledEngine({ PATH: pathOf(dirname(link)) })).toMatchObject({ directory: dirname(link) });
  });

  it("is refused when it does not run, with what it said", async () => {
    const folder = writeEngine(createTestFolder(), "3.220.0");
    writeProgram(join(folder, "pulumi"), "echo no such library >&2; exit 127");
    await expect(findInstalledEngine({ PATH: pathOf(folder) })).rejects.toThrow(/does not run: no such library/);
  });

  it("is missed when there is none", async () => {
    await expect(findInstalledEngine({ PATH: pathOf() })).rejects.toThrow(/no `pulumi` on PATH/);
  });
});

describe("the environment of an engine", () => {
  const base = { PATH: pathOf("/some/where"), OTHER: "kept" };

  it("puts an engine of ours first on PATH", () => {
    const { PATH, OTHER } = engineEnvironment({ version: "3.220.0", origin: "built", directory: "/cache/bin" }, base);
    expect(PATH?.split(delimiter).slice(0, 2)).toEqual(["/cache/bin", "/some/where"]);
    expect(OTHER).toBe("kept");
  });

  it("leaves PATH in its order for an installed one, lest another Node.js come first", () => {
    const { PATH } = engineEnvironment({ version: "3.220.0", origin: "installed", directory: "/usr/bin" }, base);
    expect(PATH?.split(delimiter)[0]).toBe("/some/where");
    expect(PATH?.split(delimiter)).toContain(dirname(process.execPath));
  });

  it("asks no server for newer versions, unless the user wants that", () => {
    const engine = { version: "3.220.0", origin: "built", directory: "/cache/bin" } as const;
    expect(engineEnvironment(engine, base).PULUMI_SKIP_UPDATE_CHECK).toBe("true");
    expect(engineEnvironment(engine, { PULUMI_SKIP_UPDATE_CHECK: "false" }).PULUMI_SKIP_UPDATE_CHECK).toBe("false");
  });
});
