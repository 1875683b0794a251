import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { EngineUnavailable } from "../../infra/engine/engine.ts";
import { type EngineOptions, ensureEngine } from "../../infra/engine/index.ts";
import { engineVersion } from "../../infra/engine/version.ts";
import { createTestFolder } from "../support/folder.ts";
import { pathOf, writeEngine } from "../support/programs.ts";
import { archiveName, checksumsName, listChecksums, packRelease, serveRelease } from "../support/release-server.ts";

const unreachable = { baseUrl: "http://127.0.0.1:1" };

function createBuild(version = engineVersion) {
  return vi.fn(async (folder: string) => {
    writeEngine(join(folder, "bin"), version);
  });
}

function createOptions(options: EngineOptions = {}): EngineOptions & { readonly cache: string } {
  const cache = createTestFolder();
  return {
    environment: { PATH: pathOf(), XDG_CACHE_HOME: cache },
    download: unreachable,
    build: createBuild(),
    cache,
    ...options,
  };
}

describe("getting the engine", () => {
  it("takes an installed one before everything else", async () => {
    const build = createBuild();
    const folder = writeEngine(createTestFolder(), "3.200.0");
    const environment = { PATH: pathOf(folder), XDG_CACHE_HOME: createTestFolder() };
    const engine = await ensureEngine(() => {}, createOptions({ environment, build }));
    expect(engine).toEqual({ version: "3.200.0", origin: "installed", directory: folder });
    expect(build).not.toHaveBeenCalled();
  });

  it("takes the official release before building", async () => {
    const archive = await packRelease();
    const baseUrl = await serveRelease({ [archiveName]: archive, [checksumsName]: listChecksums(archive) });
    const build = createBuild();
    const engine = await ensureEngine(() => {}, createOptions({ download: { baseUrl }, build }));
    expect(engine).toMatchObject({ version: engineVersion, origin: "downloaded" });
    expect(build).not.toHaveBeenCalled();
  });

  it("builds where the release cannot be had, once, and keeps the result", async () => {
    const options = createOptions();
    const first = await ensureEngine(() => {}, options);
    expect(first).toMatchObject({ version: engineVersion, origin: "built" });
    expect(existsSync(join(first.directory, "pulumi"))).toBe(true);
    expect(await ensureEngine(() => {}, options)).toEqual(first);
    expect(options.build).toHaveBeenCalledTimes(1);
  });

  it("builds once for two clones that start at the same time", async () => {
    const options = createOptions();
    const lines: string[] = [];
    const engines = await Promise.all([1, 2].map(() => ensureEngine((line) => lines.push(line), options)));
    expect(engines[0]).toEqual(engines[1]);
    expect(options.build).toHaveBeenCalledTimes(1);
    expect(lines).toContain("Another command is getting the Pulumi engine; waiting for it…");
  });

  it("says why each way failed, and what to install", async () => {
    const build = () => Promise.reject(new EngineUnavailable("there is no Go on PATH to build it with"));
    await expect(ensureEngine(() => {}, createOptions({ build }))).rejects.toThrow(
      /no `pulumi` on PATH\n- the official release could not be downloaded: .*\n- there is no Go on PATH.*\nInstall Pulumi 3\.178\.0 or later .* or Go/,
    );
  });

  it("leaves nothing in the cache when making one fails, and removes what a killed command left", async () => {
    const options = createOptions({ build: () => Promise.reject(new Error("disk full")) });
    const leftover = join(
      options.cache,
      "palisade",
      `engine-${engineVersion}-${process.platform}-${process.arch}.partial-1`,
    );
    mkdirSync(leftover, { recursive: true });
    await expect(ensureEngine(() => {}, options)).rejects.toThrow("disk full");
    expect(readdirSync(join(options.cache, "palisade"))).toEqual([]);
  });

  it("does not keep an engine that cannot be run here", async () => {
    const options = createOptions({ build: async () => {} });
    await expect(ensureEngine(() => {}, options)).rejects.toThrow(/does not run/);
    expect(readdirSync(join(options.cache, "palisade"))).toEqual([]);
  });
});
