import { createHash } from "node:crypto";
import { cpSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { projectDirectory } from "../../infra/settings/project-folder.ts";
import { createFolder, packPackage, type Ran, removeFolder, runIn, writeFiles } from "../support/installed-project.ts";
import { findLastRelease, packRelease } from "../support/release.ts";
import { TestStack } from "../support/stack.ts";
import { startTestServer, type TestServer } from "../support/test-server.ts";

const require = createRequire(import.meta.url);
const { version: pulumi } = require("@pulumi/pulumi/package.json") as { readonly version: string };
const release = await findLastRelease();
const recorded = join(projectDirectory, "test/upgrade");
const versions = readdirSync(recorded).filter((name) => existsSync(join(recorded, name, "state.json")));

interface State {
  readonly deployment: { readonly resources: readonly { readonly type: string }[] };
}

describe("the state that an earlier version wrote", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer(17);
  });
  afterAll(() => server?.stop());

  it.each(versions)("is read without a difference: %s", async (version) => {
    const read = (name: string) => readFileSync(join(recorded, version, name), "utf8");
    const database = await server.createDatabase();
    const stack = await TestStack.create({ database, program: read("program.ts") });
    try {
      cpSync(join(recorded, version, "migrations"), join(stack.folder, "migrations"), { recursive: true });
      // As the role that deployed then, which owns what it made.
      await stack.sql(`set role postgres; ${read("database.sql")}; reset role`);
      const file = join(stack.folder, "state.json");
      const [variable = ""] = Object.keys(stack.options.environment);
      const state = read("state.json").replaceAll('"DATABASE_URL"', JSON.stringify(variable));
      writeFileSync(file, state);
      expectSuccess(await stack.run("stack", "import", "--file", file));

      const preview = await stack.preview("--expect-no-changes");
      expectSuccess(preview);
      const { resources } = (JSON.parse(state) as State).deployment;
      const shown = resources.filter(({ type }) => type !== "pulumi:providers:palisade");
      expect(preview.output).toContain(`${shown.length} unchanged`);

      // Nor is anything left to do, and what is written anew is the same to the next preview.
      expectSuccess(await stack.up("--expect-no-changes"));
      await stack.sql('drop policy "labelled" on tags');
      expect((await stack.preview("--diff")).output).toContain("labelled");
    } finally {
      await stack.close();
      await database.drop();
    }
  });
});

const takes = "is replaced by this one, which finds no difference in what it provisioned";
const { title, revision } = release;
const absent = revision === undefined ? " (skipped: this clone has neither a release's tag nor that commit)" : "";
describe("the last release's package", () => {
  it.skipIf(revision === undefined)(`${title} ${takes}${absent}`, async () => {
    const folders = { before: createFolder(), now: createFolder(), project: createFolder() };
    const run = async (...command: string[]) => expectSuccess(await runIn(folders.project, command));
    const install = (...packages: string[]) =>
      run("npm", "install", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", ...packages);
    const palisade = (...args: string[]) => run("npx", "--no", "palisade", ...args);
    try {
      const before = await packRelease(String(revision), folders.before);
      const now = await packPackage(folders.now);
      writeFiles(folders.project, {
        "package.json": '{"name":"shop","private":true,"type":"module"}',
        "prisma/schema.prisma": schema,
      });
      await install(before, `@pulumi/pulumi@${pulumi}`);
      await palisade("init");
      await palisade("migrations", "new", "first");
      await palisade("up");

      const installed = join(folders.project, "node_modules/pulumi-palisade/dist");
      const present = hashFolder(join(projectDirectory, "infra/dist"));
      expect(hashFolder(installed)).not.toBe(present);
      await install(now);
      expect(hashFolder(installed)).toBe(present);
      await palisade("preview", "--expect-no-changes");
      await palisade("up", "--expect-no-changes");
    } finally {
      await runIn(folders.project, ["npx", "--no", "palisade", "down"]);
      for (const folder of Object.values(folders)) removeFolder(folder);
    }
  });
});

const schema = `datasource db {
  provider = "postgresql"
}
model Note {
  id   String @id
  text String
  @@map("notes")
}
`;

/** Of all files, by their paths. */
function hashFolder(folder: string): string {
  const hash = createHash("sha256");
  for (const entry of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort())
    if (statSync(join(folder, entry)).isFile()) hash.update(entry).update(readFileSync(join(folder, entry)));
  return hash.digest("hex");
}

function expectSuccess({ exitCode, output }: Ran): void {
  expect(exitCode, output).toBe(0);
}
