import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Engine, engineEnvironment, ensureEngine } from "../../infra/engine/index.ts";
import { findProgram } from "../../infra/engine/installed.ts";
import { runPulumi } from "../../infra/engine/running/pulumi.ts";
import { runCaptured } from "../../infra/system/child-process.mjs";
import { packageFolder } from "../../infra/system/package-folder.ts";
import { findLanguageHosts, type LanguageHosts } from "../support/language-hosts.ts";
import { startTestServer, type TestDatabase, type TestServer } from "../support/test-server.ts";

const plugin = join(packageFolder, "provider", "pulumi-resource-palisade");

describe("the plugin's schema", () => {
  let engine: Engine;
  const folder = mkdtempSync(join(tmpdir(), "palisade schema "));
  beforeAll(async () => {
    engine = await ensureEngine(() => {});
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const pulumi = (args: readonly string[], environment: Readonly<Record<string, string>> = {}) =>
    runCaptured(join(engine.directory, "pulumi"), args, {
      cwd: folder,
      environment: {
        ...engineEnvironment(engine, { ...process.env, ...environment }),
        PULUMI_HOME: join(folder, "home"),
      },
    });

  it("is what Pulumi's own tools ask the plugin for, and take", async () => {
    const { exitCode, stdout, stderr } = await pulumi(["package", "get-schema", plugin]);
    expect(exitCode, stderr).toBe(0);
    const { resources } = JSON.parse(stdout) as { readonly resources: object };
    expect(Object.keys(resources)).toContain("palisade:index:TableAccess");
    const file = join(folder, "schema.json");
    writeFileSync(file, stdout);
    const checked = await pulumi(["schema", "check", file]);
    expect(checked.exitCode, checked.stderr).toBe(0);
    expect(checked.stdout + checked.stderr).not.toMatch(/warning|error/i);
    // It is no formality: a type that is not there is found.
    writeFileSync(file, stdout.replace('"#/types/palisade:index:', '"#/types/palisade:index:No'));
    expect((await pulumi(["schema", "check", file])).exitCode).not.toBe(0);
  });

  describe("as SDKs", () => {
    let hosts: LanguageHosts | string;
    const sdks = join(folder, "sdks");
    beforeAll(async () => {
      hosts = await findLanguageHosts(engine, (line) => console.error(line));
    });

    it.for(["python", "go"])("becomes one for %s", async (language, { skip }) => {
      if (typeof hosts === "string") return skip(hosts);
      const args = ["package", "gen-sdk", plugin, "--language", language, "--out", sdks];
      const { exitCode, stderr } = await pulumi(args, hosts.forSdks);
      expect(exitCode, stderr).toBe(0);
    });

    it("names in Python what Python compiles", async ({ skip }) => {
      const file = join(sdks, "python/pulumi_palisade/table_access.py");
      const python = findProgram("python3", process.env);
      if (!existsSync(file) || python === undefined) return skip("there is no Python");
      expect(readFileSync(file, "utf8")).toContain("class TableAccess(pulumi.CustomResource)");
      const { exitCode, stderr } = await runCaptured(python, ["-m", "compileall", "-q", join(sdks, "python")]);
      expect(exitCode, stderr).toBe(0);
    });

    describe("in a program in Go", () => {
      let server: TestServer;
      let database: TestDatabase;
      const project = join(folder, "project");
      const run = (...args: string[]) =>
        runPulumi([...args, "--stack", "test", "--non-interactive", "--color", "never"], {
          directory: project,
          stateDirectory: join(folder, "state"),
          environment: { ...(hosts as LanguageHosts).forPrograms, GO_PROGRAM_URL: database.url },
          engine,
          output: "capture",
          report: () => {},
        });
      beforeAll(async () => {
        if (typeof hosts === "string") return;
        writeProject(project, sdks);
        server = await startTestServer(17);
        database = await server.createDatabase();
        await withClient("create table notes (id text primary key, owner_id uuid)");
      });
      afterAll(() => server?.stop());

      const withClient = async (text: string) => {
        const client = new pg.Client(database.url);
        await client.connect();
        try {
          return (await client.query(text)).rows as readonly unknown[];
        } finally {
          await client.end();
        }
      };

      it("declares a table's access and a bucket, and the preview finds no difference afterwards", async ({ skip }) => {
        if (typeof hosts === "string") return skip(hosts);
        const up = await run("up", "--yes", "--skip-preview");
        expect(up.exitCode, up.stdout + up.stderr).toBe(0);
        expect(
          await withClient(
            "select relrowsecurity, (select array_agg(polname::text) from pg_policy where polrelid = c.oid) policies, file_size_limit::int size from pg_class c, storage.buckets where c.oid = 'notes'::regclass and id = 'receipts'",
          ),
        ).toEqual([{ relrowsecurity: true, policies: ["notes_select"], size: 5_000_000 }]);
        const preview = await run("preview", "--expect-no-changes");
        expect(preview.exitCode, preview.stdout + preview.stderr).toBe(0);
      });

      it("is told what differs in the database, and who loses access", async ({ skip }) => {
        if (typeof hosts === "string") return skip(hosts);
        await withClient("alter policy notes_select on notes using (true)");
        const { stdout } = await run("preview");
        expect(stdout).toContain("policies.notes_select.using");
        expect(stdout).toContain("authenticated keeps select");
      });
    });
  });
});

/** A project in Go, with the modules of the engine's own build. */
function writeProject(project: string, sdks: string): void {
  mkdirSync(project);
  cpSync(join(import.meta.dirname, "../languages/program"), project, { recursive: true });
  const modules = join(packageFolder, "engine/modules/pulumi");
  const pinned = readFileSync(join(modules, "go.mod"), "utf8").replace(/^(module|tool) .*$/gm, "");
  writeFileSync(
    join(project, "go.mod"),
    `module palisade.local/program\n${pinned}\nrequire palisade.local/sdk v0.0.0\nreplace palisade.local/sdk => ${JSON.stringify(join(sdks, "go"))}\n`,
  );
  cpSync(join(modules, "go.sum"), join(project, "go.sum"));
  const settings = {
    name: "in-go",
    runtime: "go",
    plugins: { providers: [{ name: "palisade", path: join(packageFolder, "provider") }] },
  };
  writeFileSync(join(project, "Pulumi.yaml"), JSON.stringify(settings));
  writeFileSync(join(project, "Pulumi.test.yaml"), "config:\n  palisade:connection: GO_PROGRAM_URL\n");
}
