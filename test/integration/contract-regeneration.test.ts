import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { run } from "../../infra/cli/contract.ts";
import { writeConfiguredContract } from "../../infra/contract/configured.ts";
import { type ContractOptions, writeContract } from "../../infra/contract/index.ts";
import { projectDirectory } from "../../infra/settings/project-folder.ts";
import { runCaptured } from "../../infra/system/child-process.mjs";
import {
  applicationFolder,
  prepareApplication,
  preparePrisma6,
  prisma6Folder,
  runProgram,
} from "../support/contract-application.ts";

// Below the application, whose packages the compiler needs; its own checks leave the folder out.
const folder = join(applicationFolder, ".trials");
const out = join(folder, "contract");
/** Without the compiler, where something else is tried. */
const options: ContractOptions = { directory: projectDirectory, stack: "dev", out, typeCheck: false };

/** The application's stack after a few decisions: tasks by organisation, avatars private, no other bucket, no channels. */
const smallerStack = `
  import { FileBucket, Migrations, RealtimeChanges } from ${JSON.stringify(join(projectDirectory, "infra/index.ts"))};
  import { declareFunctions } from ${JSON.stringify(join(projectDirectory, "stacks/functions.ts"))};
  import { declareTableAccess } from ${JSON.stringify(join(projectDirectory, "stacks/table-access.ts"))};
  import { applicationTables } from ${JSON.stringify(join(projectDirectory, "stacks/tables.ts"))};
  const migrations = new Migrations("migrations");
  const app = applicationTables(migrations);
  declareTableAccess(app, declareFunctions(migrations), migrations);
  new RealtimeChanges("supabase_realtime", { filters: [app.tasks.organizationId, app.tasks.projectId], tables: [app.customers] });
  new FileBucket("avatars", { folder: "userId" });
`;

// Compilers on a busy machine take their time.
vi.setConfig({ testTimeout: 300_000 });

beforeAll(prepareApplication);
beforeEach(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
});

describe("the contract's folder", () => {
  it("is the same from one time to the next, and nothing in it is touched", async () => {
    const { write } = await writeContract({ ...options, typeCheck: true });
    expect(write).toContain("realtime.ts");
    expect(write).toContain("palisade.json");
    const before = describeFolder();
    expect(await writeContract(options)).toEqual({ write: [], remove: [] });
    expect(describeFolder()).toEqual(before);
    expect(await run(["--out", out, "--check"])).toBe(0);

    // It reads as this repository's own code does: no finding of the formatter, nor of the linter's usual rules.
    const { formatter } = JSON.parse(readFileSync(join(projectDirectory, "biome.json"), "utf8"));
    const settings = { root: true, formatter };
    writeFileSync(join(out, "biome.json"), `${JSON.stringify(settings, undefined, 2)}\n`);
    const written = write.filter((path) => path.endsWith(".ts"));
    const biome = join(projectDirectory, "node_modules/@biomejs/biome/bin/biome");
    const { exitCode, stderr } = await runCaptured(process.execPath, [biome, "check", ...written], { cwd: out });
    expect(exitCode, stderr).toBe(0);
  });

  it("is brought up to date: what was edited is as declared again, and what others put there stays", async () => {
    copyContract();
    writeFileSync(join(out, "realtime.ts"), "export {};\n");
    rmSync(join(out, "storage/bucket.ts"));
    writeFileSync(join(out, "ours.ts"), "export {};\n");
    expect(await run(["--out", out, "--check"])).toBe(1);
    expect(readFileSync(join(out, "realtime.ts"), "utf8")).toBe("export {};\n");
    expect(await writeContract(options)).toEqual({ write: ["realtime.ts", "storage/bucket.ts"], remove: [] });
    expect(existsSync(join(out, "ours.ts"))).toBe(true);
  });

  it("never replaces a file that it has not written", async () => {
    mkdirSync(out);
    writeFileSync(join(out, "storage.ts"), "export const mine = 1;\n");
    await expect(writeContract(options)).rejects.toThrow(/holds storage\.ts, which this command has not written/);
    expect(readdirSync(out)).toEqual(["storage.ts"]);
    expect(readFileSync(join(out, "storage.ts"), "utf8")).toBe("export const mine = 1;\n");
  });

  it("is none of the project's own", async () => {
    const inside = ["", "..", "stacks", "stacks/contract", "prisma", "prisma/migrations/contract"];
    for (const own of inside.map((folder) => join(projectDirectory, folder)))
      await expect(writeContract({ ...options, out: own })).rejects.toThrow(`${own} belongs to the project that`);
  });

  it("never removes a file outside of it, whatever its list says", async () => {
    copyContract();
    writeFileSync(join(out, "palisade.json"), JSON.stringify({ files: ["../precious.ts"] }));
    await expect(writeContract(options)).rejects.toThrow(/lists \.\.\/precious\.ts, which is outside its folder/);
  });

  it("loses what the stack no longer declares, and the compiler finds every use of it", async () => {
    copyContract();
    writeFileSync(join(out, "channels/ours.ts"), "export {};\n");
    writeFileSync(join(folder, "stack.ts"), smallerStack);
    const { remove } = await writeContract({
      ...options,
      program: relative(projectDirectory, join(folder, "stack.ts")),
    });
    expect(remove).toEqual([
      "channels-react.ts",
      "channels.ts",
      "channels/channel.ts",
      "channels/presence.ts",
      "channels/use-presence.ts",
    ]);
    expect(readdirSync(join(out, "channels"))).toEqual(["ours.ts"]);

    for (const name of ["app", "types", "instrumentation.ts", "proxy.ts"])
      symlinkSync(join(applicationFolder, name), join(folder, name));
    const compilerOptions = { paths: { "@/*": ["./*"] }, preserveSymlinks: true, incremental: false, types: [] };
    const include = ["../next-env.d.ts", "contract/**/*.ts", "app/**/*.ts", "app/**/*.tsx"];
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({ extends: "../tsconfig.json", compilerOptions, include, exclude: [] }),
    );
    const { stdout } = await runProgram("typescript/bin/tsc", ["--noEmit", "-p", folder]);
    // Without the types that are gone some parameters have none, which says nothing more.
    const errors = stdout.split("\n").filter((line) => /error TS(?!7006|7031)/.test(line));
    expect(errors.map((line) => line.replace(/^.*\.trials\/|\(\d+,\d+\)/g, "")).sort()).toEqual([
      expect.stringMatching(/^app\/api\/attachments\/.*route\.ts: error TS2305: .*'attachmentsBucket'/),
      expect.stringMatching(/^app\/projects\/.*attachment-upload\.tsx: error TS2305: .*'attachmentsBucket'/),
      expect.stringMatching(/^app\/projects\/.*online-now\.tsx: error TS2307: .*'@\/contract\/channels-react'/),
      expect.stringMatching(
        /^app\/projects\/.*online-now\.tsx: error TS2339: Property 'publicUrl' does not exist on type 'PrivateBucket/,
      ),
      expect.stringMatching(/^app\/projects\/.*wave\.tsx: error TS2307: .*'@\/contract\/channels'/),
      expect.stringMatching(/^app\/unread-notifications\.tsx: error TS2305: .*'subscribeToNotifications'/),
    ]);
  });

  it("is written as a deployment's last step where the stack's configuration names it", async () => {
    for (const name of ["infra", "node_modules", "prisma", "sql", "stacks", "package.json", "Pulumi.yaml"]) {
      symlinkSync(join(projectDirectory, name), join(folder, name));
    }
    const report = vi.fn<(line: string) => void>();
    await writeConfiguredContract(folder, "dev", report);
    expect(report).not.toHaveBeenCalled();
    writeFileSync(join(folder, "Pulumi.dev.yaml"), "config:\n  palisade:contract: ./contract # for the application\n");
    await writeConfiguredContract(folder, "dev", report);
    await writeConfiguredContract(folder, "dev", report);
    expect(report.mock.calls).toEqual([
      [expect.stringMatching(/^Wrote the contract to .*contract \(\d\d files changed\)$/)],
      [expect.stringMatching(/^The contract in .*contract is up to date$/)],
    ]);
  });
});

describe("an application that can't use the contract", () => {
  it("keeps the old one, and is told each file that does not compile with its own settings", async () => {
    copyContract();
    writeFileSync(join(out, "realtime.ts"), "export const old = 1;\n");
    rmSync(join(out, "storage.ts"));
    const before = describeFolder();
    writeFileSync(join(folder, "package.json"), "{}");
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({ extends: "../tsconfig.json", compilerOptions: { types: [], lib: ["ES2023"] } }),
    );
    await expect(writeContract({ ...options, typeCheck: true })).rejects.toThrow(
      /^the contract does not compile in .+\.trials; nothing was written:\n[\s\S]*clients\/browser\.ts\(\d+,\d+\): error TS2584: Cannot find name 'document'/,
    );
    expect(describeFolder()).toEqual(before);
    expect(readdirSync(folder).filter((name) => name.startsWith(".palisade"))).toEqual([]);
  });

  it("is told what to install, and nothing is written", async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), "application-"));
    onTestFinished(() => rmSync(elsewhere, { recursive: true }));
    writeFileSync(join(elsewhere, "package.json"), "{}");
    await expect(writeContract({ ...options, out: join(elsewhere, "src/contract") })).rejects.toThrow(
      /^\S+application-\S+ has no @prisma\/adapter-pg, @prisma\/client, @supabase\/ssr, @supabase\/supabase-js, zod, without which[^\n]+\n\n {2}npm install "@prisma\/adapter-pg@7\.\S+" .*"zod@\^4\.0\.0"\n$/,
    );
    expect(readdirSync(elsewhere)).toEqual(["package.json"]);
  });
});

describe("a project on Prisma 6", () => {
  const database = `generator client {\n  provider = "prisma-client-js"\n  previewFeatures = ["views", "driverAdapters"]\n}
datasource db {\n  provider = "postgresql"\n  url = env("DATABASE_URL")\n  directUrl = env("DIRECT_URL")\n}\n`;
  const tasks = `enum Table {\n  ROUND\n  SQUARE\n}
model Task {\n  id Int @id\n  tags String[]\n  tables Table[]\n  due DateTime?\n  @@map("tasks")\n}
view OpenTask {\n  id Int?\n  title String\n  @@map("open_tasks")\n}\n`;
  const program = `
    import { TableAccess } from ${JSON.stringify(join(projectDirectory, "infra/index.ts"))};
    for (const table of ["tasks", "open_tasks"])
      new TableAccess(table, { table, policies: {}, grants: { authenticated: ["select", "insert", "update"] } });
  `;

  it("has its contract from a folder of schemas, which compiles with the client that its own Prisma generates", async () => {
    await preparePrisma6();
    const project = join(folder, "project");
    for (const [path, text] of Object.entries({
      "Pulumi.yaml": "name: application\nruntime: nodejs\nmain: stack.ts\n",
      "Pulumi.dev.yaml": "config: {}\n",
      "package.json": JSON.stringify({ type: "module", prisma: { schema: "prisma/schema" } }),
      "stack.ts": program,
      "prisma/schema/database.prisma": database,
      "prisma/schema/work/tasks.prisma": tasks,
    })) {
      mkdirSync(dirname(join(project, path)), { recursive: true });
      writeFileSync(join(project, path), text);
    }
    const written = join(prisma6Folder, "contract");
    rmSync(written, { recursive: true, force: true });
    await writeContract({ directory: project, stack: "dev", out: written });
    expect(readFileSync(join(written, "prisma/generated/internal/class.ts"), "utf8")).toContain(
      '"clientVersion": "6.19.2"',
    );
    const types = readFileSync(join(written, "database.ts"), "utf8");
    expect(types).toContain("  tags: string[] | null;\n  tables: Table[] | null;\n  due: string | null;");
    expect(types).toContain("  tags?: string[] | null;\n  tables?: Table[] | null;");
    expect(types).toMatch(/Views: \{\s+open_tasks: \{ Row: OpenTaskRow; Relationships: OpenTaskRelationships \};/);
    expect(types).not.toContain("OpenTaskInsert");

    // The same schema where Prisma 7 is: said, and not left to Prisma.
    await expect(writeContract({ directory: project, stack: "dev", out })).rejects.toThrow(
      /has @prisma\/client 7\.\S+, and the Prisma schema is written for >=6\.16 <7/,
    );
  });
});

describe("npm run contract", () => {
  it("says how it is used, and what is missing", async () => {
    const said = vi.spyOn(console, "error").mockReturnValue();
    expect(await run(["--help"])).toBe(0);
    expect(said.mock.calls.flat()).toEqual([expect.stringMatching(/^npm run contract -- --out DIR/)]);
    await expect(run([])).rejects.toThrow(
      /^the contract has no folder: name one with --out.*palisade:contract[\s\S]*npm run contract -- --out DIR/,
    );
    await expect(run(["--outt", "x"])).rejects.toThrow(/^Unknown option '--outt'[\s\S]*npm run contract -- --out DIR/);
    said.mockRestore();
  });
});

/** The stack's contract as it was written before, which takes no time. */
function copyContract(): void {
  cpSync(join(applicationFolder, "contract"), out, { recursive: true });
}

/** Each file with its text and the time when it was written. */
function describeFolder(): Readonly<Record<string, string>> {
  const files = readdirSync(out, { recursive: true, encoding: "utf8" }).filter((path) =>
    statSync(join(out, path)).isFile(),
  );
  return Object.fromEntries(
    files.map((path) => [path, `${statSync(join(out, path)).mtimeMs} ${readFileSync(join(out, path), "utf8")}`]),
  );
}
