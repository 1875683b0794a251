import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { refuseMissingSdk } from "../../infra/cli/first-steps.ts";
import { readProjectIn } from "../../infra/settings/project.ts";
import { projectDirectory } from "../../infra/settings/project-folder.ts";

describe("a project without Pulumi's SDK", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "palisade project "));
    writeFileSync(join(folder, "Pulumi.yaml"), "name: mine\nruntime: nodejs\n");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const run = (command: string) => () => refuseMissingSdk(command, { project: readProjectIn(folder) });

  it("is told what to install before its program is run", () => {
    expect(run("up")).toThrow(`${folder} has no @pulumi/pulumi, which the program imports`);
    expect(run("preview")).toThrow("npm install @pulumi/pulumi");
  });

  it("may be torn down all the same", () => {
    expect(run("destroy")).not.toThrow();
  });

  it("may be of another language", () => {
    writeFileSync(join(folder, "Pulumi.yaml"), "name: mine\nruntime:\n  name: python\n");
    expect(run("up")).not.toThrow();
  });

  it("is none once the package is there", () => {
    const installed = join(folder, "node_modules/@pulumi/pulumi");
    mkdirSync(installed, { recursive: true });
    writeFileSync(join(installed, "package.json"), '{ "name": "@pulumi/pulumi", "main": "index.js" }');
    writeFileSync(join(installed, "index.js"), "");
    expect(run("up")).not.toThrow();
  });
});

describe("the command of a package that was packed without being built", () => {
  it("says so, and what to do", () => {
    const folder = mkdtempSync(join(tmpdir(), "palisade unbuilt "));
    try {
      cpSync(join(projectDirectory, "infra/cli/palisade.mjs"), join(folder, "cli/palisade.mjs"));
      const { status, stderr } = spawnSync(process.execPath, [join(folder, "cli/palisade.mjs"), "up"], {
        encoding: "utf8",
      });
      expect([status, stderr]).toEqual([1, expect.stringContaining("packed without being built")]);
      expect(stderr).toContain("Install a release");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
