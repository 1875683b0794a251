import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join, relative } from "node:path";
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { run } from "../../infra/commands/contract.ts";
import { writeConfiguredContract } from "../../infra/contract/configured.ts";
import { type ContractOptions, writeContract } from "../../infra/contract/index.ts";
import { runCaptured } from "../../infra/local/child-process.mjs";
import { projectDirectory } from "../../infra/local/project.ts";
import { applicationFolder, prepareApplication, runProgram } from "../support/contract-application.ts";

// Below the application, whose packages the compiler needs; its own checks leave the folder out.
const folder = join(applicationFolder, ".trials");
const out = join(folder, "contract");
const options: ContractOptions = { directory: projectDirectory, stack: "dev", out };

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
    const { write } = await writeContract(options);
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
    await writeContract(options);
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

  it("never removes a file outside of it, whatever its list says", async () => {
    await writeContract(options);
    writeFileSync(join(out, "palisade.json"), JSON.stringify({ files: ["../precious.ts"] }));
    await expect(writeContract(options)).rejects.toThrow(/lists \.\.\/precious\.ts, which is outside its folder/);
  });

  it("loses what the stack no longer declares, and the compiler finds every use of it", async () => {
    await writeContract(options);
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

describe("npm run contract", () => {
  it("says how it is used", async () => {
    const said = vi.spyOn(console, "error").mockReturnValue();
    expect([await run([]), await run(["--help"]), await run(["--outt", "x"])]).toEqual([1, 0, 1]);
    expect(said.mock.calls.flat()).toEqual([
      expect.stringMatching(/^npm run contract -- --out DIR/),
      expect.stringMatching(/^npm run contract -- --out DIR/),
      expect.stringMatching(/^Unknown option '--outt'[\s\S]*npm run contract -- --out DIR/),
    ]);
    said.mockRestore();
  });
});

/** Each file with its text and the time when it was written. */
function describeFolder(): Readonly<Record<string, string>> {
  const files = readdirSync(out, { recursive: true, encoding: "utf8" }).filter((path) =>
    statSync(join(out, path)).isFile(),
  );
  return Object.fromEntries(
    files.map((path) => [path, `${statSync(join(out, path)).mtimeMs} ${readFileSync(join(out, path), "utf8")}`]),
  );
}
