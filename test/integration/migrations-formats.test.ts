import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { run } from "../../infra/cli/migrations.ts";
import {
  type MigrationFolder,
  migrationFolders,
  removeMigration,
  writeMigrations,
} from "../support/migration-folders.ts";
import { readDiagnostics } from "../support/pulumi-output.ts";
import { type Run, TestStack } from "../support/stack.ts";
import { startTestServer, type TestServer } from "../support/test-server.ts";

/** What the Migrations resource is told. */
function said(run: Run): string {
  return (readDiagnostics(run).get("Migrations migrations") ?? []).join("\n");
}

const program = (directory: string, more = "", rest = "") => `
import { Migrations, TableAccess } from "pulumi-palisade";
const migrations = new Migrations("migrations", { directory: "${directory}"${more} });
${rest}
`;

describe("a stack's migrations", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer(17);
  });
  afterAll(() => server?.stop());

  describe.each(migrationFolders)("of the format %s", (_, folder) => {
    let stack: TestStack;

    beforeAll(async () => {
      stack = await TestStack.create({ database: await server.createDatabase(), program: program(folder.directory) });
      write({
        "1_first": "create table public.first (id int);\n",
        "2_second": "create table public.second (id int);\n",
      });
    });
    afterAll(() => stack?.close());

    const write = (scripts: Readonly<Record<string, string>>) => writeMigrations(stack.folder, folder, scripts);
    const applied = () => readApplied(stack, folder);

    it("are named by the preview, applied in order and recorded, and then there is nothing to do", async () => {
      const preview = await stack.preview();
      expect(preview.exitCode, preview.output).toBe(0);
      expect(said(preview)).toContain("applies 1_first, 2_second");
      const update = await stack.up();
      expect(update.exitCode, update.output).toBe(0);
      expect(await applied()).toEqual(["1_first", "2_second"]);
      const again = await stack.preview("--expect-no-changes");
      expect(again.exitCode, again.output).toBe(0);
      expect(await command("status")).toMatchObject({
        exitCode: 0,
        printed: ["applied  1_first", "applied  2_second"],
      });
    });

    it("are refused at preview where one was edited, or the database is ahead, each with its way out", async () => {
      write({ "1_first": "create table public.first (id text);\n" });
      const second = readFileSync(join(stack.folder, folder.file("2_second")), "utf8");
      removeMigration(stack.folder, folder, "2_second");
      const preview = await stack.preview();
      expect(preview.exitCode, preview.output).not.toBe(0);
      expect(said(preview)).toContain("the migration 1_first was edited after it was applied. Restore the file");
      expect(said(preview)).toContain("the migration 2_second is applied in the database and not in the folder");
      write({ "1_first": "create table public.first (id int);\n", "2_second": second });
      expect(await command("status")).toMatchObject({ exitCode: 0 });
    });

    /** `npm run migrations -- …` on the project's stack. */
    async function command(...args: readonly string[]) {
      const printed: string[] = [];
      const told: string[] = [];
      const spies = [
        vi.spyOn(console, "log").mockImplementation((line: string) => void printed.push(line)),
        vi.spyOn(console, "error").mockImplementation((line: string) => void told.push(line)),
      ];
      try {
        const options = ["--stack", "test", "--directory", folder.directory];
        return { exitCode: await run([...args, ...options], stack.folder), printed, told };
      } finally {
        for (const spy of spies) spy.mockRestore();
      }
    }
  });
});

async function readApplied(stack: TestStack, { names, table, isApplied }: MigrationFolder): Promise<readonly string[]> {
  const rows = await stack.sql(`select ${names} as name from ${table} where ${isApplied} order by 1`);
  return rows.map(({ name }) => String(name));
}
