import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Clone } from "../../support/clone.ts";
import { startTestServer, type TestDatabase, type TestServer } from "../../support/test-server.ts";

let server: TestServer;
let production: TestDatabase;
let clone: Clone;

beforeAll(async () => {
  server = await startTestServer(17);
  production = await server.createDatabase();
  clone = new Clone();
  clone.write(".env", `PROD_URL=${production.url}\nDIRECT_URL=${production.url}\n`);
});
afterAll(async () => {
  await clone?.remove();
  await server?.stop();
});

const local = "encryptionsalt: v1:ACjUffH9J9o=:v1:UhWeFF0h6bx9u8fT:PGn5ngXEakS1MgzOSiijfIpmCF+tCw==\n";
const state = ".palisade/state/.pulumi/stacks/palisade/dev.json";

/** How many tables production has of the application's. */
async function countTables(): Promise<number> {
  const client = new pg.Client(production.url);
  await client.connect();
  try {
    const { rows } = await client.query("select 1 from pg_tables where schemaname = 'public'");
    return rows.length;
  } finally {
    await client.end();
  }
}

describe("a stack named dev whose settings name another database", () => {
  it("is deployed by nobody unasked, and no local database is started for it", async () => {
    clone.write("Pulumi.dev.yaml", `${local}config: {palisade:connection: PROD_URL}\n`);
    const run = await clone.run("up");
    expect(run.exitCode, run.output).not.toBe(0);
    expect(run.output).toContain("--yes");
    expect(clone.has(".palisade/postgres-17")).toBe(false);
    expect(await countTables()).toBe(0);
  });

  it("is refused by the provider where it was approved unasked, whatever the command had read", async () => {
    const run = await clone.run("up", ["--yes"], { PALISADE_LOCAL_ONLY: "true" });
    expect(run.exitCode, run.output).not.toBe(0);
    expect(run.output).toMatch(/approved without asking.*PROD_URL.*nothing has been changed/);
    expect(await countTables()).toBe(0);
  });

  it("is refused where its settings can't be read, with the file and the line", async () => {
    const settings = clone.read("Pulumi.dev.yaml");
    clone.write("Pulumi.dev.yaml", `${local}config:\n\tpalisade:connection: PROD_URL\n`);
    for (const command of ["up", "preview", "down"]) {
      const run = await clone.run(command);
      expect(run.exitCode, run.output).toBe(1);
      expect(run.output).toMatch(/Pulumi\.dev\.yaml can't be read: a line is indented by a tab.*\(line 3, column 1\)/);
    }
    clone.write("Pulumi.dev.yaml", settings);
  });

  it("keeps its state when the local database is removed, even if the settings no longer say so", async () => {
    const deployed = await clone.run("up", ["--yes", "--skip-preview"]);
    expect(deployed.exitCode, deployed.output).toBe(0);
    expect(await countTables()).toBeGreaterThan(5);
    const kept = await clone.run("down");
    expect(kept.output).toContain("Kept the state of dev");
    clone.write("Pulumi.dev.yaml", local);
    const refused = await clone.run("down");
    expect(refused.exitCode).toBe(1);
    expect(refused.output).toMatch(/deployed to another database, the one that PROD_URL names.*stack rm dev --force/s);
    const unasked = await clone.run("up");
    expect(unasked.exitCode).not.toBe(0);
    expect(unasked.output).toMatch(
      /dev is not certain to be the local one.*last deployed to the database that PROD_URL names/s,
    );
    expect(clone.has(state)).toBe(true);
    const given = await clone.run("pulumi", ["stack", "rm", "dev", "--force", "--yes"]);
    expect(given.exitCode, given.output).toBe(0);
    expect((await clone.run("down")).exitCode).toBe(0);
  });
});

describe("the first commands for a project of one's own", () => {
  it("say the one next step, and then work", async () => {
    const missing = await clone.run("pulumi", ["preview", "--stack", "prod"]);
    expect(missing.exitCode).toBe(1);
    expect(missing.output).toMatch(/There is no stack prod in .* yet.*npm run pulumi -- stack init prod/s);
    const without = await clone.run("pulumi", ["stack", "init", "prod"]);
    expect(without.exitCode).toBe(1);
    expect(without.output).toMatch(/export PULUMI_CONFIG_PASSPHRASE=….*--secrets-provider=/s);
    const passphrase = { PULUMI_CONFIG_PASSPHRASE: "chosen" };
    const made = await clone.run("pulumi", ["stack", "init", "prod"], passphrase);
    expect(made.exitCode, made.output).toBe(0);
    expect(made.output).toContain("--stack prod");
    const preview = await clone.run("pulumi", ["preview", "--stack", "prod"], passphrase);
    expect(preview.exitCode, preview.output).toBe(0);
    expect(preview.output).not.toContain("names no palisade:connection");
    expect(clone.has(".palisade/postgres-17")).toBe(false);
  });

  it("leave npm run up with the local stack, which a plain pulumi finds selected", async () => {
    const up = await clone.run("up");
    expect(up.exitCode, up.output).toBe(0);
    expect(clone.has(".palisade/postgres-17")).toBe(true);
    const selected = await clone.run("pulumi", ["stack", "--show-name"]);
    expect(selected.output).toContain("dev");
  });

  it("say it where a stack of another name is on the local database, and refuse one that is by mistake", async () => {
    const passphrase = { PULUMI_CONFIG_PASSPHRASE: "" };
    clone.write("Pulumi.review.yaml", "config: {}\n");
    const made = await clone.run("pulumi", ["stack", "init", "review"], passphrase);
    expect(made.exitCode, made.output).toBe(0);
    const preview = await clone.run("preview", ["--stack", "review"], passphrase);
    expect(preview.exitCode, preview.output).toBe(0);
    expect(preview.output).toContain("The stack review names no palisade:connection, so it is on the local database.");
    const local = await clone.run("preview");
    expect(local.output).not.toContain("names no palisade:connection");
    clone.write("Pulumi.review.yaml", "config: {palisad:connection: DIRECT_URL}\n");
    const mistyped = await clone.run("up", ["--yes", "--stack", "review"], passphrase);
    expect(mistyped.exitCode).toBe(1);
    expect(mistyped.output).toMatch(
      /Pulumi\.review\.yaml: palisad:connection is unknown \(perhaps you meant palisade:connection\)/,
    );
  });

  it("say the next step in an empty backend too", async () => {
    const run = await clone.run("preview", [], {
      PULUMI_BACKEND_URL: `file://${clone.folder}/prisma`,
      PULUMI_CONFIG_PASSPHRASE: "",
    });
    expect(run.exitCode).not.toBe(0);
    expect(run.output).toMatch(/The backend has no stack dev of this project yet.*npm run pulumi -- stack init dev/s);
  });
});

describe("a disk that was full", () => {
  it("keeps nobody from going on: locks, state and the database's record are recognised", async () => {
    const locks = ".palisade/state/.pulumi/locks/organization/palisade/dev";
    clone.writeOld(`${locks}/1.json`, "");
    clone.write(state, "");
    clone.write(".palisade/postgres-17/server.json", "");
    const preview = await clone.run("preview", ["--expect-no-changes"]);
    expect(preview.output).toMatch(/server\.json is missing or damaged.*keeps its data/);
    expect(preview.output).toMatch(/state of the stack dev was damaged/);
    expect(preview.output).not.toContain("unexpected end of JSON input");
    const up = await clone.run("up");
    expect(up.exitCode, up.output).toBe(0);
    const again = await clone.run("preview", ["--expect-no-changes"]);
    expect(again.exitCode, again.output).toBe(0);
  });
});
