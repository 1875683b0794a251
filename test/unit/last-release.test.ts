import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runIn } from "../support/installed-project.ts";
import { findLastRelease } from "../support/release.ts";

describe("the last release, with which the upgrade test begins", () => {
  let folder: string;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "palisade release "));
    for (const path of ["infra", "test/upgrade"]) mkdirSync(join(folder, path), { recursive: true });
    record("0".repeat(40));
    await git("init", "--quiet");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("is the last tag before the present commit, whatever version the sources have", async () => {
    await commit("0.1.0");
    await git("tag", "v0.1.0");
    await commit("0.2.0", "v0.2.0");
    await git("tag", "v0.2.0");
    expect(await findLastRelease(folder)).toEqual({ title: "v0.1.0", revision: "v0.1.0" });
  });

  it("is the last commit with another version, where there is no tag", async () => {
    await commit("0.1.0");
    const last = await commit("0.1.0", "the last of 0.1.0");
    await commit("0.2.0");
    await commit("0.2.0", "more of 0.2.0");
    expect(await findLastRelease(folder)).toEqual({ title: `0.1.0 at ${last.slice(0, 12)}`, revision: last });
  });

  it("is the recorded commit, where there never was another version", async () => {
    const recorded = await commit("0.1.0");
    await commit("0.1.0", "later");
    record(recorded);
    expect(await findLastRelease(folder)).toEqual({ title: `0.1.0 at ${recorded.slice(0, 12)}`, revision: recorded });
  });

  it("is named, but not there, where the clone lacks that commit", async () => {
    await commit("0.1.0");
    expect(await findLastRelease(folder)).toEqual({ title: "0.1.0 at 000000000000", revision: undefined });
  });

  function record(commit: string): void {
    writeFileSync(join(folder, "test/upgrade/last-release.json"), JSON.stringify({ version: "0.1.0", commit }));
  }

  async function commit(version: string, description = ""): Promise<string> {
    const contents = JSON.stringify({ name: "package", version, description }, undefined, 2);
    writeFileSync(join(folder, "infra/package.json"), contents);
    await git("add", "infra");
    await git(
      "-c",
      "user.name=a",
      "-c",
      "user.email=a@example.com",
      "commit",
      "--quiet",
      "--no-gpg-sign",
      "-m",
      version,
    );
    return await git("rev-parse", "HEAD");
  }

  async function git(...command: readonly string[]): Promise<string> {
    const { exitCode, output } = await runIn(folder, ["git", ...command]);
    expect(exitCode, output).toBe(0);
    return output.trim();
  }
});
