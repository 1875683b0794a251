import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import pg from "pg";
import { run } from "../../infra/cli/adopt.ts";
import { runPulumi } from "../../infra/engine/running/pulumi.ts";
import { projectDirectory } from "../../infra/settings/project-folder.ts";
import type { Run } from "./stack.ts";
import type { TestDatabase, TestServer } from "./test-server.ts";

/**
 * A project without a program, and a database that somebody else has made: what `palisade adopt` writes for it, in the engine's hands.
 *
 * @example
 * const project = await AdoptedProject.create(server, "create table public.tasks (id int)");
 * const { exitCode, output } = await project.adopt("--without", "Bucket");
 * const program = project.files(); // { "stacks/index.ts": "…" }
 */
export class AdoptedProject {
  readonly folder: string;
  readonly database: TestDatabase;
  readonly #server: TestServer;
  /** A superuser's session. */
  readonly superuser: pg.Client;
  readonly #variable: string;

  private constructor(server: TestServer, database: TestDatabase, superuser: pg.Client) {
    this.#server = server;
    this.database = database;
    this.superuser = superuser;
    this.#variable = `${database.database.toUpperCase()}_URL`;
    process.env[this.#variable] = database.url;
    this.folder = mkdtempSync(join(tmpdir(), "palisade adopted "));
    const settings = readFileSync(join(projectDirectory, "Pulumi.yaml"), "utf8");
    writeFileSync(join(this.folder, "Pulumi.yaml"), settings);
    writeFileSync(join(this.folder, "Pulumi.test.yaml"), `config:\n  palisade:connection: ${this.#variable}\n`);
    for (const name of ["infra", "node_modules", "package.json", "tsconfig.json"])
      symlinkSync(join(projectDirectory, name), join(this.folder, name));
  }

  /**
   * @param sql run by `postgres`, as the owner of a hosted project's database
   * @param others run by the superuser after it
   */
  static async create(server: TestServer, sql: string, others = ""): Promise<AdoptedProject> {
    const database = await server.createDatabase();
    const owner = new pg.Client(database.url);
    await owner.connect();
    await owner.query(sql);
    await owner.end();
    const superuser = new pg.Client(database.superuserUrl);
    superuser.on("error", () => undefined);
    await superuser.connect();
    await superuser.query(others);
    await superuser.query(`alter database ${database.database} set log_statement = 'all'`);
    return new AdoptedProject(server, database, superuser);
  }

  /** Runs the command, with the database by its variable unless the arguments name it otherwise. */
  async adopt(...args: string[]): Promise<Run> {
    const told: string[] = [];
    const { error: print } = console;
    console.error = (line: string) => void told.push(line);
    try {
      const exitCode = await run(["--url-env", this.#variable, "--stack", "test", ...args], this.folder);
      return { exitCode, output: told.join("\n") };
    } catch (error) {
      return { exitCode: 1, output: [...told, error instanceof Error ? error.message : String(error)].join("\n") };
    } finally {
      console.error = print;
    }
  }

  preview(...args: string[]): Promise<Run> {
    return this.#pulumi("preview", ...args);
  }

  up(...args: string[]): Promise<Run> {
    return this.#pulumi("up", "--yes", ...args);
  }

  /** Every file of the program, by its path from the project's folder. */
  files(): Readonly<Record<string, string>> {
    const paths = ["stacks", "sql", "db"].flatMap((name) => listFiles(join(this.folder, name)));
    return Object.fromEntries(paths.map((path) => [relative(this.folder, path), readFileSync(path, "utf8")]));
  }

  /** The statements that `postgres` has sent to the database, one line of the server's log each. */
  statements(): readonly string[] {
    return readFileSync(this.#server.logFile, "utf8")
      .split("\n")
      .filter(
        (line) => line.includes(` postgres@${this.database.database} `) && /LOG: {2}(statement|execute)/.test(line),
      );
  }

  /** Runs SQL as the superuser. */
  async sql<Row extends pg.QueryResultRow = pg.QueryResultRow>(text: string): Promise<Row[]> {
    return (await this.superuser.query<Row>(text)).rows;
  }

  async close(): Promise<void> {
    await this.superuser.end();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #pulumi(...args: string[]): Promise<Run> {
    const { exitCode, stdout, stderr } = await runPulumi([...args, "--non-interactive", "--color", "never"], {
      directory: this.folder,
      stateDirectory: join(this.folder, "state"),
      stack: "test",
      environment: { [this.#variable]: this.database.url },
      output: "capture",
      report: () => undefined,
    });
    return { exitCode, output: `${stdout}${stderr}` };
  }
}

function listFiles(folder: string): readonly string[] {
  if (statSync(folder, { throwIfNoEntry: false }) === undefined) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort();
}
