import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { kinds } from "../../../infra/kinds/registry.ts";
import { samples, sharedSetup } from "../../kinds/index.ts";
import { writeProgram } from "../../support/corpus/program.ts";
import { readDiagnostics } from "../../support/pulumi-output.ts";
import { untilWaiting } from "../../support/sessions.ts";
import type { Run } from "../../support/stack.ts";
import { refuse } from "../kinds/refuse.ts";
import { SearchedStack } from "./searched-stack.ts";

const me = "current_setting('request.jwt.claims', true)::jsonb ->> 'sub'";
const first = `owner = ${me}`;
const second = `owner = ${me} and id <> ''`;

const program = (condition: string, command?: readonly string[]) => `
import { Migrations, TableAccess, TableReference } from "pulumi-palisade";
const migrations = new Migrations("migrations", ${JSON.stringify({ directory: "migrations", command })});
new TableAccess("notes", { table: new TableReference("public", "notes", migrations), grants: { authenticated: ["select"] }, policies: {
  mine: { command: "select", roles: ["authenticated"], using: ${JSON.stringify(condition)} },
} });
`;

/** One of every kind in the registry. The samples' own `Migrations` would be a database's second. */
const everyKind = `${program(first)}${writeProgram(
  samples
    .filter(({ kind }) => kind !== "Migrations")
    .map(({ kind, input }) => ({ kind, name: `every ${kind}`, input: input(keyOf(kind)) })),
)}`;
const everySetup = [
  sharedSetup,
  ...samples.flatMap(({ kind, setup }) => (kind === "Migrations" ? [] : (setup?.(keyOf(kind)) ?? []))),
];

/** Prints what a command of the user's might, and fails. */
const talkativeCommand = `
const { inspect } = require("node:util");
const url = process.env.DIRECT_URL;
const password = decodeURIComponent(new URL(url).password);
console.log("Datasource " + url, "as", { url, password });
console.error(JSON.stringify({ url, password }), password, inspect([password]), encodeURIComponent(password));
process.exit(3);
`;

const everyLog = ["-v=9", "--logtostderr", "--logflow"];
const update = ["--yes", "--skip-preview"];

// One stack goes through a deployment's life and its failures, in the order of the tests; at the end everything that they left behind is
// searched. Environments of processes are not: that is where the secret lives, and only the user's own account and root can read them.
describe("the connection's password", () => {
  let project: SearchedStack;

  beforeAll(async () => {
    project = await SearchedStack.create(program(first));
    project.write("migrations/1_notes/migration.sql", "create table public.notes (id text primary key, owner text)");
  });
  afterAll(() => project?.close());

  it("is needed for an update, which keeps every log there is", async () => {
    const run = await project.run(
      "up",
      ...update,
      ...everyLog,
      "--event-log",
      join(project.stack.folder, "events.json"),
    );
    succeed(run);
    expect(run.output).toContain("eventSink::");
    expect(readText("events.json")).toContain("palisade:index:TableAccess");
  });

  it("is needed for previews, for an update by a saved plan with a trace, and for a refresh", async () => {
    const plan = join(project.stack.folder, "plan.json");
    project.stack.write(program(second));
    succeed(await project.run("preview", "--diff"));
    succeed(await project.run("preview", "--json", "-v=9", "--logflow"));
    succeed(await project.run("preview", "--save-plan", plan));
    const trace = `file:${join(project.stack.folder, "trace")}`;
    succeed(await project.run("up", ...update, "--plan", plan, "--tracing", trace));
    expect(readText("trace")).toContain("ResourceProvider");
    succeed(await project.run("refresh", ...update));
    succeed(await project.run("stack", "export"));
  });

  it("once changed, works in the next plain preview", async () => {
    await project.changePassword(project.otherPassword);
    project.connection = project.urlWith(project.otherPassword);
    succeed(await project.run("preview", "--expect-no-changes"));
    project.searchFiles();
  });

  it("once changed, is refused where the old one is still set; the error says where, and nothing is changed", async () => {
    const before = [await conditions(), readState()];
    project.stack.write(program(first));
    const run = await withConnection(project.urlWith(project.password), () =>
      project.run("up", ...update, ...everyLog),
    );
    expect(run.exitCode).not.toBe(0);
    expect(run.output).toContain(
      `can't connect to 127.0.0.1:${project.server.port}/${project.database.database}, which the environment variable ${project.variable} names: ` +
        'password authentication failed for user "postgres". If the password was changed, write the new one there, percent-encoded',
    );
    expect([await conditions(), readState()]).toEqual(before);
  });

  it("is read from the project's .env as well", async () => {
    const { variable } = project;
    project.stack.write(program(second));
    project.write(".env", `${variable}=${project.urlWith(project.otherPassword)}\n`);
    succeed(await withConnection("", () => project.run("preview", "--expect-no-changes", ...everyLog)));
    project.write(".env.test", `${variable}="${project.urlWith(project.password)}"\n`);
    const run = await withConnection("", () => project.run("preview"));
    project.remove(".env", ".env.test");
    expect(run.exitCode).not.toBe(0);
    expect(run.output).toContain(
      `which ${variable} in .env.test (not ${variable} in .env, which comes after it) names: password authentication failed`,
    );
  });

  const unreachable: readonly (readonly [string, (url: string) => string, RegExp])[] = [
    [
      "its host is not there",
      (url) => url.replace("127.0.0.1", "database.invalid"),
      /can't connect to database\.invalid:\d+\/test_1, which the environment variable \w+ names: getaddrinfo/,
    ],
    [
      "nobody listens",
      (url) => url.replace(/:\d+\/test_1$/, ":1/test_1"),
      /can't connect to 127\.0\.0\.1:1\/test_1, which the environment variable \w+ names: connect ECONNREFUSED/,
    ],
    [
      "it is not percent-encoded",
      (url) => url.replace(encodeURIComponent(project.otherPassword.text), () => project.otherPassword.text),
      /the environment variable \w+: the connection string has an @ or a # where none belongs/,
    ],
  ];
  it.each(unreachable)("is not told where %s", async (_, change, message) => {
    const connection = change(project.connection);
    expect(connection).not.toBe(project.connection);
    const run = await withConnection(connection, () => project.run("preview", ...everyLog));
    expect(run.exitCode).not.toBe(0);
    expect(run.output).toMatch(message);
  });

  it("is not told where the database refuses a declaration or a migration, or ends the session", async () => {
    const { stack, sessions, database } = project;
    stack.write(program("ownr = ''"));
    const declaration = await project.run("preview", ...everyLog);
    expect(declaration.exitCode).not.toBe(0);
    expect(declaration.output).toContain('column "ownr" does not exist');

    stack.write(program(first));
    const reader = await sessions.open(database.superuserUrl, "report");
    await reader.query("begin; select count(*) from public.notes");
    const running = project.run("up", ...update, ...everyLog);
    await untilWaiting(await sessions.open(database.superuserUrl, "observer"));
    await stack.sql(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'palisade%' and datname = current_database()",
    );
    await reader.query("commit");
    const ended = await running;
    expect(ended.exitCode).not.toBe(0);
    expect(ended.output).toContain("was lost");

    project.write("migrations/2_wrong/migration.sql", "create table public.other (id int); select 1 / 0");
    const migration = await project.run("up", ...update, ...everyLog);
    expect(migration.exitCode).not.toBe(0);
    expect(migration.output).toContain("the migration 2_wrong failed");
    await stack.sql("update public._prisma_migrations set rolled_back_at = now() where migration_name = '2_wrong'");
  });

  it("is needed for every kind: to create it, to read it, to refuse it and to remove it", async () => {
    const { stack } = project;
    project.remove("migrations/2_wrong");
    await stack.sql(`set role postgres; ${everySetup.join(";\n")}; reset role`);
    stack.write(everyKind);
    succeed(await project.run("up", ...update, ...everyLog));
    succeed(await project.run("stack", "export"));
    const types = readState().map(({ type }) => type);
    const untried = kinds.filter(({ name }) => !types.includes(`palisade:index:${name}`));
    expect(untried.map(({ name }) => name)).toEqual([]);
    succeed(await project.run("preview", "--diff", "--refresh"));

    for (const declaration of samples.flatMap(({ refused }) => refused.slice(0, 2))) {
      const refusal = await refuse(project.connection, declaration);
      expect(refusal).not.toBe("");
      project.search(`the refusal of ${declaration.kind}`, refusal);
    }

    stack.write(program(first));
    succeed(await project.run("up", ...update, ...everyLog));
  });

  it("is taken out of what a command of the user's prints", async () => {
    project.write("deploy.cjs", talkativeCommand);
    project.stack.write(program(first, ["node", "deploy.cjs"]));
    const run = await project.run("up", ...update, ...everyLog);
    expect(run.exitCode).not.toBe(0);
    const said = readDiagnostics(run).get("Migrations migrations")?.join(" ");
    expect(said).toContain("`node deploy.cjs` failed with exit code 3");
    expect(said).toContain(`Datasource [secret] as { url: "[secret]", password: '[secret]' }`);
    expect(said).toContain(`{"url":"[secret]","password":"[secret]"} [secret] [ '[secret]' ] [secret]`);
  });

  it("is refused in the stack's configuration, without being repeated", async () => {
    const refusal = "palisade:connection in Pulumi.mistake.yaml must be the name of an environment variable";
    const providersRefusal =
      "palisade:connection: it must be the name of an environment variable, such as DIRECT_URL; write the connection string itself into .env";
    project.write("Pulumi.mistake.yaml", `config:\n  palisade:connection: ${JSON.stringify(project.connection)}\n`);
    await expect(project.run("preview", "--stack", "mistake")).rejects.toThrow(refusal);
    // An update of the engine alone would keep what the user's file holds in Pulumi's history.
    expect(project.runEngine(["stack", "init", "mistake", "--no-select"])).toContain("Created stack");
    expect(project.runEngine(["preview", "--stack", "mistake"])).toContain(providersRefusal);
    project.remove("Pulumi.mistake.yaml");
    // As a secret of Pulumi's it is encrypted there, and the provider is given it in the clear.
    project.runEngine(["config", "set", "--secret", "palisade:connection", "--stack", "mistake"], project.connection);
    expect(project.runEngine(["up", ...update, "--stack", "mistake", ...everyLog])).toContain(providersRefusal);
    await expect(project.run("preview", "--stack", "mistake")).rejects.toThrow(refusal);
  });

  it("is found nowhere: in no output, file, log or command line", async () => {
    project.stack.write(program(first));
    succeed(await project.run("up", ...update));
    succeed(await project.run("destroy", ...update));
    project.searchFiles();
    await project.searchServer();
    const commandLines = await project.searchProcessList();
    expect(project.findings).toEqual([]);

    const refusals = kinds.map(({ name }) => new RegExp(`^the refusal of ${name}$`));
    for (const place of [...searchedPlaces, ...refusals])
      expect(project.searched).toContainEqual(expect.stringMatching(place));
    for (const part of commandLines === undefined ? [] : seenCommands)
      expect(commandLines).toContainEqual(expect.stringMatching(part));
  });

  async function withConnection(connection: string, work: () => Promise<Run>): Promise<Run> {
    const before = project.connection;
    project.connection = connection;
    try {
      return await work();
    } finally {
      project.connection = before;
    }
  }

  function readText(file: string): string {
    return readFileSync(join(project.stack.folder, file), "latin1");
  }

  function readState(): readonly { readonly type: string }[] {
    const { checkpoint } = JSON.parse(readText("state/.pulumi/stacks/palisade/test.json"));
    return checkpoint.latest.resources;
  }

  async function conditions(): Promise<readonly unknown[]> {
    return await project.stack.sql(
      "select polname, pg_get_expr(polqual, polrelid) as using, xmin::text from pg_policy",
    );
  }
});

/** What the commands print and leave behind: each of these was searched at least once. */
const searchedPlaces = [
  ...[/^output of stack export/, /\/stacks\/palisade\/test\.json$/, /\.history\.json$/, /\.checkpoint\.json$/],
  ...[/\/backups\/.*\.json$/, /\.palisade\/seen\//, /\/plan\.json$/, /\/events\.json$/, /\/trace$/],
  ...[/\/temporary\/pulumi\.[^/]*log\.INFO/, /\/plugin\/[^/]*\.cjs$/, /^the server's log$/, /^the server's tables$/],
];

const seenCommands = [/\/pulumi up /, /pulumi-language-nodejs /, /provider\/start\.mjs /, /^node deploy\.cjs/];

function keyOf(kind: string): string {
  return `secret_${kind.toLowerCase()}`;
}

function succeed(run: Run): void {
  expect(run.exitCode, run.output.slice(-4000)).toBe(0);
}
