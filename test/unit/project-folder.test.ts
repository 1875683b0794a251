import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { readScripts } from "../../infra/migrations/scripts/read-scripts.ts";
import { createTestFolder } from "../support/folder.ts";

describe("a folder of migrations", () => {
  afterEach(() => vi.unstubAllEnvs());

  it("is found from the project's folder, whichever of its folders the program runs in", () => {
    const project = createTestFolder();
    mkdirSync(join(project, "stacks"));
    mkdirSync(join(project, "prisma/migrations/1_first"), { recursive: true });
    writeFileSync(join(project, "Pulumi.yaml"), "name: program\nmain: stacks/index.ts\n");
    writeFileSync(join(project, "prisma/migrations/1_first/migration.sql"), "create table first ()");
    for (const folder of [project, join(project, "stacks")]) {
      vi.stubEnv("PULUMI_NODEJS_ROOT_DIRECTORY", folder);
      expect(readScripts("prisma/migrations")).toBe("create table first ()");
    }
  });
});
