import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Database } from "../../infra/database/database.ts";
import { withClient } from "../../infra/local/platform.ts";
import { withScratchDatabase } from "../../infra/scratch/scratch-database.ts";
import { AdoptedProject } from "../support/adopted-project.ts";
import { readDefinitions } from "../support/definitions.ts";
import { fingerprint } from "../support/fingerprint.ts";
import { startTestServer, type TestServer } from "../support/test-server.ts";

const readSql = (file: string) => readFileSync(join(import.meta.dirname, "../support/adoption", file), "utf8");
const practice = readSql("practice.sql");

interface LivePolicy {
  readonly schema: string;
  readonly table: string;
  readonly name: string;
  readonly using: string | null;
  readonly check: string | null;
}

const policies = `select n.nspname as schema, c.relname as "table", p.polname as name, pg_get_expr(p.polqual, p.polrelid) as using,
  pg_get_expr(p.polwithcheck, p.polrelid) as check from pg_policy p join pg_class c on c.oid = p.polrelid join pg_namespace n on n.oid = c.relnamespace
  order by 1, 2, 3`;

describe.each([17, 15] as const)("a practice's database of many years, on PostgreSQL %i", (major) => {
  let server: TestServer;
  let project: AdoptedProject;
  let written: Readonly<Record<string, string>>;
  let before: readonly LivePolicy[];
  beforeAll(async () => {
    server = await startTestServer(major);
    project = await AdoptedProject.create(server, practice);
    before = await project.sql<LivePolicy & Record<string, unknown>>(policies);
  });
  afterAll(async () => {
    await project?.close();
    await server?.stop();
  });

  it("is written as a program without a difference, but for the policy that PostgreSQL would refuse", async () => {
    const { exitCode, output } = await project.adopt();
    expect(exitCode, output).toBe(0);
    expect(output).toMatch(/takes over \d{3} objects as they are, and executes no statement\.$/m);
    const leftOut = output.split("\n").filter((line) => line.startsWith("left out"));
    expect(leftOut).toEqual([
      expect.stringMatching(
        /TableAccess public\.visit_notes: .*infinite recursion.*; the policies that can be are declared/,
      ),
      expect.stringMatching(/Policy public\.visit_notes\/notes_delete: using: .*infinite recursion/),
      expect.stringMatching(/Trigger public\.invitations\/notify_partner: its arguments may hold a secret/),
      expect.stringMatching(/rule no_delete on public\.old_messages: no resource declares it/),
    ]);
    written = project.files();
    // Of a function whose body holds a key, only who may execute it is declared.
    expect(Object.values(written).join("\n")).not.toContain("canary");
    expect(written["stacks/functions.ts"]).toContain("private.call_partner()");
  });

  it("is taken over without a statement", async () => {
    const sent = project.statements().length;
    const state = await fingerprint(project.superuser);
    const up = await project.up();
    expect(up.exitCode, up.output).toBe(0);
    expect(project.statements().slice(sent).filter(changesSomething)).toEqual([]);
    expect(await fingerprint(project.superuser)).toBe(state);
  });

  it("is shown policy by policy where somebody has changed it, and healed", async () => {
    const own = before.filter(({ name, schema }) => name !== "notes_delete" && schema !== "auth");
    expect(own.length).toBeGreaterThan(70);
    await project.sql(own.map(changePolicy).join(";\n"));
    const { exitCode, output } = await project.preview("--diff", "--expect-no-changes");
    expect(exitCode, output).not.toBe(0);
    const unnamed = own.filter(({ name }) => !output.includes(name));
    expect(unnamed, output).toEqual([]);
    const up = await project.up();
    expect(up.exitCode, up.output).toBe(0);
    expect(await project.sql(policies)).toEqual(before);
  });

  it("is not written again, and keeps what a developer has edited", async () => {
    appendFileSync(join(project.folder, "stacks/table-access.ts"), "// Ask before you change this.\n");
    const { exitCode, output } = await project.adopt();
    expect(exitCode, output).toBe(0);
    expect(project.files()).toEqual({
      ...written,
      "stacks/table-access.ts": `${written["stacks/table-access.ts"]}// Ask before you change this.\n`,
    });
  });

  // Last, since the roles of a database are its server's.
  it.each(["its own", "of hostile names and every kind of object"])(
    "is copied whole into a scratch database: %s",
    async (which) => {
      const database = which === "its own" ? project.database : await server.createDatabase();
      if (which !== "its own") {
        await withClient(database.url, (client) => client.query(readSql("hostile.sql")));
        await withClient(database.superuserUrl, (client) => client.query(readSql("copied.sql")));
      }
      const live = new Database(database.url);
      try {
        const definitions = await withClient(database.superuserUrl, readDefinitions);
        const copied = await withScratchDatabase(live, { withRecords: true }, async ({ notCopied, superuserUrl }) => ({
          notCopied,
          definitions: await withClient(superuserUrl, readDefinitions),
        }));
        expect(copied).toEqual({ notCopied: [], definitions });
        expect(live.roundTrips).toBeLessThan(6);
      } finally {
        await live.close();
      }
    },
  );
});

/** Whether a line of the log is of a statement that changes an object: a preview's temporary views are rolled back. */
function changesSomething(line: string): boolean {
  const statement = line.replace(/^.*?(?:statement|execute [^:]*): /, "").trim();
  return /^(alter|grant|revoke|drop|insert|update|delete|create(?! temp)|comment|truncate)\b/i.test(statement);
}

function changePolicy({ schema, table, name, using, check }: LivePolicy): string {
  const opposite = (expression: string) => `(${expression === "true" ? "false" : "true"})`;
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  return [
    `alter policy ${quoted(name)} on ${quoted(schema)}.${quoted(table)}`,
    ...(using === null ? [] : [`using ${opposite(using)}`]),
    ...(check === null ? [] : [`with check ${opposite(check)}`]),
  ].join(" ");
}
