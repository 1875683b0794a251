import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Engine, engineEnvironment, ensureEngine } from "../../infra/engine/index.ts";
import { runCaptured } from "../../infra/system/child-process.mjs";

const plugin = join(import.meta.dirname, "../../infra/provider/pulumi-resource-palisade");

describe("the plugin's schema", () => {
  let engine: Engine;
  const folder = mkdtempSync(join(tmpdir(), "palisade schema "));
  beforeAll(async () => {
    engine = await ensureEngine(() => {});
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const pulumi = (...args: string[]) =>
    runCaptured(join(engine.directory, "pulumi"), args, {
      cwd: folder,
      environment: { ...engineEnvironment(engine), PULUMI_HOME: join(folder, "home") },
    });

  it("is what Pulumi's own tools ask the plugin for, and what they make SDKs of", async () => {
    const { exitCode, stdout, stderr } = await pulumi("package", "get-schema", plugin);
    expect(exitCode, stderr).toBe(0);
    const { resources } = JSON.parse(stdout) as { readonly resources: object };
    expect(Object.keys(resources)).toContain("palisade:index:TableAccess");
    const file = join(folder, "schema.json");
    writeFileSync(file, stdout);
    const checked = await pulumi("schema", "check", file);
    expect(checked.exitCode, checked.stderr).toBe(0);
    expect(checked.stdout + checked.stderr).not.toMatch(/warning|error/i);
    // It is no formality: a type that is not there is found.
    writeFileSync(file, stdout.replace('"#/types/palisade:index:', '"#/types/palisade:index:No'));
    expect((await pulumi("schema", "check", file)).exitCode).not.toBe(0);
  });
});
