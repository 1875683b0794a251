import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { areInstalled, ensureDependencies } from "../../infra/development/dependencies.mjs";
import { createTestFolder } from "../support/folder.ts";

type Packages = Readonly<
  Record<string, { readonly version: string; readonly optional?: boolean; readonly os?: readonly string[] }>
>;

function writeLock(folder: string, packages: Packages): void {
  const lock = { name: "example", version: "1.0.0", lockfileVersion: 3, packages: { "": {}, ...packages } };
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "example", version: "1.0.0" }));
  writeFileSync(join(folder, "package-lock.json"), JSON.stringify(lock));
}

/** As npm leaves it: node_modules with npm's own record. */
function writeInstalled(folder: string, packages: Packages): void {
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  writeFileSync(join(folder, "node_modules", ".package-lock.json"), JSON.stringify({ packages }));
}

const one = { "node_modules/one": { version: "1.0.0" } };

describe("the dependencies of a checkout", () => {
  it("are missing without node_modules, or when an installation did not finish", () => {
    const folder = createTestFolder();
    writeLock(folder, one);
    expect(areInstalled(folder)).toBe(false);
    mkdirSync(join(folder, "node_modules"));
    expect(areInstalled(folder)).toBe(false);
  });

  it("may have been installed by hand, without other platforms' packages", () => {
    const folder = createTestFolder();
    writeLock(folder, { ...one, "node_modules/windows": { version: "1.0.0", optional: true, os: ["win32"] } });
    writeInstalled(folder, one);
    expect(areInstalled(folder)).toBe(true);
  });

  it("are incomplete without an optional package for this platform", () => {
    const folder = createTestFolder();
    writeLock(folder, { ...one, "node_modules/here": { version: "1.0.0", optional: true, os: [process.platform] } });
    writeInstalled(folder, one);
    expect(areInstalled(folder)).toBe(false);
  });

  it("are installed anew when the folder came from another platform", () => {
    const folder = createTestFolder();
    writeLock(folder, one);
    writeInstalled(folder, one);
    writeFileSync(join(folder, "node_modules", ".palisade-installed"), "0123 windows-x64\n");
    expect(areInstalled(folder)).toBe(false);
  });

  it("are old when the lock file asks for others", () => {
    const folder = createTestFolder();
    writeLock(folder, one);
    writeInstalled(folder, one);
    expect(areInstalled(folder)).toBe(true);
    writeLock(folder, { "node_modules/one": { version: "1.0.1" } });
    expect(areInstalled(folder)).toBe(false);
  });

  it("are installed by npm, with a line before and after, and only when needed", async () => {
    const folder = createTestFolder();
    writeLocalDependency(folder);
    const report = vi.fn();
    await ensureDependencies({ projectDirectory: folder, report });
    expect(existsSync(join(folder, "node_modules", "one"))).toBe(true);
    expect(report.mock.calls.map(([line]) => line)).toEqual([
      "Installing dependencies (npm ci)…",
      expect.stringMatching(/^Installed dependencies in \d+ s$/),
    ]);
    await ensureDependencies({ projectDirectory: folder, report });
    expect(report).toHaveBeenCalledTimes(2);
    rmSync(join(folder, "node_modules"), { recursive: true });
    expect(areInstalled(folder)).toBe(false);
  });

  it("fail to install with what npm said", async () => {
    const folder = createTestFolder();
    writeLocalDependency(folder);
    writeFileSync(join(folder, "package-lock.json"), "{");
    await expect(ensureDependencies({ projectDirectory: folder, report: () => {} })).rejects.toThrow(
      /npm error[\s\S]*npm ci failed with exit code/,
    );
    expect(existsSync(join(folder, ".palisade", "install.lock"))).toBe(false);
  });
});

/** A package in the checkout itself, so that npm needs no registry. */
function writeLocalDependency(folder: string): void {
  const dependencies = { one: "file:one" };
  mkdirSync(join(folder, "one"));
  writeFileSync(join(folder, "one", "package.json"), JSON.stringify({ name: "one", version: "1.0.0" }));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "example", version: "1.0.0", dependencies }));
  const packages = {
    "": { name: "example", version: "1.0.0", dependencies },
    one: { version: "1.0.0" },
    "node_modules/one": { resolved: "one", link: true },
  };
  const lock = { name: "example", version: "1.0.0", lockfileVersion: 3, requires: true, packages };
  writeFileSync(join(folder, "package-lock.json"), JSON.stringify(lock));
}
