import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { readPreview } from "../../infra/adopt/preview-program.ts";
import { WrittenFiles, writeOnTrial } from "../../infra/adopt/written-files.ts";
import { findTarget, type TargetOptions } from "../../infra/cli/adopt/find-target.ts";
import { describeTakeover, isDatabaseOf } from "../../infra/cli/adopt/takeover.ts";
import { bucket } from "../../infra/kinds/bucket/kind.ts";
import { adoptionNote } from "../../infra/lifecycle/adoption.ts";
import { readProjectIn } from "../../infra/settings/project.ts";
import { createTestFolder } from "../support/folder.ts";

const none = { kind: "none" } as const;
const variable = (name: string) => ({ kind: "variable", name }) as const;

function makeFolder(files: Readonly<Record<string, string>>): string {
  const folder = createTestFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

const list = (folder: string) => readdirSync(folder, { recursive: true }).map(String).sort();

/** A package of a workspace: what is installed is in the folder above. */
const workspace = {
  "node_modules/pulumi-palisade/package.json": "{}",
  "node_modules/@pulumi/pulumi/package.json": "{}",
  "base/package.json": '{"name":"shop"}',
};
const project = {
  ...workspace,
  "base/Pulumi.yaml": "name: shop\nmain: stacks/index.ts\nruntime: nodejs\n",
  "base/prisma/schema.prisma": "",
  "base/prisma/migrations/1_first/migration.sql": "",
};

function find(root: string, options: Partial<TargetOptions> & { readonly files: WrittenFiles }) {
  return findTarget({
    folder: join(root, "base"),
    out: undefined,
    stack: "dev",
    connection: none,
    isStacks: true,
    report: () => undefined,
    ...options,
  });
}

describe("where an adopted program goes", () => {
  it("is a new project elsewhere, whose stack goes to the same database", async () => {
    for (const [connection, line] of [
      [variable("SHOP_URL"), "palisade:connection: SHOP_URL"],
      [none, "config: {}"],
    ] as const) {
      const out = join(createTestFolder(), "out");
      await find(makeFolder(project), { out, connection, files: new WrittenFiles() });
      expect(readFileSync(join(out, "Pulumi.dev.yaml"), "utf8")).toContain(line);
    }
  });

  it("has the schema and the migrations of the project whose database it is, and no others", async () => {
    const root = makeFolder(project);
    const out = join(root, "out #1");
    const target = await find(root, { out, files: new WrittenFiles() });
    expect(target.schema).toBe(join(root, "base/prisma/schema.prisma"));
    expect(readProjectIn(out)).toMatchObject({ main: "index.ts", paths: { migrations: "../base/prisma/migrations" } });
    const other = await find(root, { out: join(root, "other"), isStacks: false, files: new WrittenFiles() });
    expect(other.schema).toBeUndefined();
  });

  it("is linked to the packages where they are installed, and git ignores what is nobody's to commit", async () => {
    const root = makeFolder(project);
    const out = join(createTestFolder(), "out");
    await find(root, { out, files: new WrittenFiles() });
    expect(readlinkSync(join(out, "node_modules"))).toBe(join(root, "node_modules"));
    expect(readFileSync(join(out, ".gitignore"), "utf8").split("\n")).toEqual(
      expect.arrayContaining([".palisade/", ".env", "node_modules"]),
    );
  });

  it("has a program whose name YAML would misread", async () => {
    const root = makeFolder(workspace);
    await find(root, { out: join(root, "base/db #1: a"), connection: variable("X"), files: new WrittenFiles() });
    expect(readProjectIn(join(root, "base")).main).toBe("db #1: a/index.ts");
  });

  it("is as it was after a refusal", async () => {
    const root = makeFolder(workspace);
    const before = list(root);
    const failing = writeOnTrial(async (files) => {
      await find(root, { connection: variable("X"), files });
      files.write(join(root, "base/package.json"), "{}");
      files.write(join(root, "base/sql/functions/a.sql"), "");
      await find(root, { out: join(root, "elsewhere/out"), files });
      expect(list(root)).toContain("elsewhere/out/Pulumi.yaml");
      throw new Error("refused");
    });
    await expect(failing).rejects.toThrow("refused");
    expect(list(root)).toEqual(before);
    expect(readFileSync(join(root, "base/package.json"), "utf8")).toBe('{"name":"shop"}');
  });

  it("is as it was after Ctrl-C", async () => {
    const folder = createTestFolder();
    const module = join(import.meta.dirname, "../../infra/adopt/written-files.ts");
    const program = `import { writeOnTrial } from ${JSON.stringify(module)};
      await writeOnTrial(async (files) => {
        files.write(${JSON.stringify(join(folder, "stacks/index.ts"))}, "");
        console.log("written");
        await new Promise((resolve) => setTimeout(resolve, 60_000));
      });`;
    const args = [
      "--conditions=palisade-source",
      "--import",
      import.meta.resolve("tsx"),
      "--input-type=module",
      "--eval",
      program,
    ];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"] });
    await new Promise((resolve, reject) => {
      child.stdout.once("data", resolve);
      child.once("exit", () => reject(new Error("it ends before it has written anything")));
    });
    expect(existsSync(join(folder, "stacks/index.ts"))).toBe(true);
    child.kill("SIGINT");
    expect(await new Promise((resolve) => child.once("exit", resolve))).toBe(130);
    expect(list(folder)).toEqual([]);
  });
});

describe("what is said of an update", () => {
  const stack = { stack: "dev", project: undefined };
  const url = "postgresql://db.example.com/postgres";
  const say = (connection: typeof none | ReturnType<typeof variable>, read: typeof connection, folder = "/a") => {
    const isOwn = isDatabaseOf({ connection }, folder, { connection: read, connectionString: url });
    return describeTakeover({ ...stack, connection }, folder, isOwn, "/a")("2 objects as they are");
  };

  it("is the command where the stack goes to the database that was read", () => {
    const command = /`.* up .*--stack dev` takes over 2 objects as they are, and executes no statement/;
    expect(say(variable("X"), variable("X"))).toMatch(command);
  });

  it("is the setting that is missing where it goes to another", () => {
    expect(say(none, variable("X"))).toMatch(/once palisade:connection in Pulumi.dev.yaml names the variable .*local/);
    expect(say(variable("Y"), variable("X"))).toContain("it is Y");
    expect(say(none, variable("X"), "/b")).not.toMatch(/`/);
  });
});

describe("what a preview of an adopted program shows", () => {
  const urn = (name: string) => `urn:pulumi:dev::shop::palisade:index:Bucket::${name}`;
  const step = (name: string) => ({ op: "create", urn: urn(name), newState: { custom: true } });
  const print = (digest: object) => JSON.stringify(digest, undefined, 2);

  it("is an error where Pulumi has printed no preview, or has failed without a word", () => {
    expect(readPreview(0, "", "").errors).toEqual(["the preview has printed nothing"]);
    expect(readPreview(0, "{\n  broken", "").errors).toEqual(["{\n  broken"]);
    expect(readPreview(255, print({ steps: [] }), "killed\n").errors).toEqual(["killed"]);
  });

  it("is what is adopted, and each difference", () => {
    const diagnostics = [{ urn: urn("a"), severity: "info", message: `${adoptionNote(bucket, { name: "a\nb" })}\n` }];
    const preview = readPreview(0, print({ steps: [step("a"), step("b")], diagnostics }), "");
    const refused = [{ kind: "Bucket", name: "b", reason: "an update would change it" }];
    expect(preview).toEqual({ objects: 2, adopted: 1, changes: ["create Bucket b"], errors: [], refused });
  });
});
