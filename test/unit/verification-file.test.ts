import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readVerification } from "../../infra/cli/verify/verification-file.ts";
import { projectDirectory } from "../../infra/settings/project-folder.ts";
import { createTestFolder } from "../support/folder.ts";

describe("a project without verify.ts", () => {
  it("is shown one, which can be used as it is, and with what its comments say", async () => {
    const folder = createTestFolder();
    writeFileSync(join(folder, "Pulumi.yaml"), "name: mine\nruntime: nodejs\nmain: stacks/index.ts\n");
    symlinkSync(join(projectDirectory, "node_modules"), join(folder, "node_modules"));
    const said = await readVerification(folder).catch((error: Error) => error.message);
    expect(said).toContain(`there is no ${join(folder, "stacks/verify.ts")}`);
    const shown = String(said).slice(String(said).indexOf("import "));
    const imported = shown.replace("{ define", "{ members, nobody, owner, rowsOf, define");
    const filled = imported.replace("  people: {},\n", "").replaceAll(/^ {2}\/\/ (people|tables): /gm, "  $1: ");
    mkdirSync(join(folder, "stacks"));
    for (const [text, tables] of [
      [shown, undefined],
      [filled, [expect.objectContaining({ table: "tasks" })]],
    ] as const) {
      writeFileSync(join(folder, "stacks/verify.ts"), text);
      expect((await readVerification(folder)).tables).toEqual(tables);
    }
  });
});
