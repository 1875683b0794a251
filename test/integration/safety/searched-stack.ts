import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { engineCacheDirectory } from "../../../infra/engine/cache.ts";
import { type Engine, engineEnvironment, ensureEngine, nodeArgumentsVariable } from "../../../infra/engine/index.ts";
import { writeUrl } from "../../../infra/local/platform.ts";
import { readProjectIn } from "../../../infra/settings/project.ts";
import { projectDirectory } from "../../../infra/settings/project-folder.ts";
import { HardPassword } from "../../support/secrets/hard-password.ts";
import { ProcessList } from "../../support/secrets/process-list.ts";
import { type Finding, SecretSearch } from "../../support/secrets/search.ts";
import { Sessions } from "../../support/sessions.ts";
import { type Run, TestStack } from "../../support/stack.ts";
import { startTestServer, type TestDatabase, type TestServer } from "../../support/test-server.ts";

/** A stack whose every command, with all that it leaves behind, is searched for the password of its connection. */
export class SearchedStack {
  readonly password = new HardPassword();
  /** Another one, to change it to. */
  readonly otherPassword = new HardPassword();
  readonly sessions = new Sessions();
  readonly server: TestServer;
  readonly database: TestDatabase;
  readonly stack: TestStack;
  /** What the environment variable holds. */
  connection: string;
  readonly #engine: Engine;
  /** Home and temporary files of the commands. */
  readonly #ownFolder: string;
  readonly #search: SecretSearch;
  readonly #processes = ProcessList.isAvailable ? new ProcessList() : undefined;
  readonly #findings = new Set<Finding>();

  /** Opens it on a database whose log tells as much as PostgreSQL can. */
  static async create(program: string): Promise<SearchedStack> {
    const server = await startTestServer(17);
    const database = await server.createDatabase();
    const ownFolder = mkdtempSync(join(tmpdir(), "palisade secrets "));
    const current = { connection: "" };
    const stack = await TestStack.create({
      database: Object.defineProperty({ ...database }, "url", { get: () => current.connection }),
      program,
      ownProcess: true,
      environment: ownEnvironment(ownFolder),
    });
    const engine = await ensureEngine(() => {});
    for (const [name, value] of Object.entries(serverLog)) await stack.sql(`alter system set ${name} = '${value}'`);
    await stack.sql("select pg_reload_conf()");
    const searched = new SearchedStack({ server, database, stack, engine, ownFolder });
    Object.defineProperty(current, "connection", { get: () => searched.connection });
    await searched.changePassword(searched.password);
    return searched;
  }

  private constructor(
    parts: Pick<SearchedStack, "server" | "database" | "stack"> & { engine: Engine; ownFolder: string },
  ) {
    this.server = parts.server;
    this.database = parts.database;
    this.stack = parts.stack;
    this.#engine = parts.engine;
    this.#ownFolder = parts.ownFolder;
    this.connection = this.urlWith(this.password);
    this.#search = new SecretSearch({
      ...this.password.secrets("the password"),
      ...this.otherPassword.secrets("the other password"),
      "the connection string": this.connection,
      "the other connection string": this.urlWith(this.otherPassword),
    });
  }

  /** What was found until now. */
  get findings(): readonly Finding[] {
    return [...this.#findings];
  }

  /** The names of all that was searched until now. */
  get searched(): readonly string[] {
    return [...this.#search.searched.keys()];
  }

  /** The name of the environment variable. */
  get variable(): string {
    return `${this.database.database.toUpperCase()}_URL`;
  }

  urlWith({ text }: HardPassword): string {
    const { port } = this.server;
    return writeUrl({ port, user: "postgres", password: text, database: this.database.database });
  }

  write(file: string, text: string): void {
    const path = join(this.stack.folder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  remove(...files: readonly string[]): void {
    for (const file of files) rmSync(join(this.stack.folder, file), { recursive: true });
  }

  async run(command: string, ...args: string[]): Promise<Run> {
    const run = await this.stack.run(command, ...args);
    this.search(`output of ${command} ${args.join(" ")}`, run.output);
    return run;
  }

  /**
   * Runs the engine alone, as somebody does who has Pulumi, without what this project does before.
   * @returns both streams
   */
  runEngine(args: readonly string[], input = ""): string {
    const { directory: cwd, stateDirectory, environment } = this.stack.options;
    const env = {
      ...engineEnvironment(this.#engine, { ...process.env, ...environment }),
      PULUMI_HOME: join(stateDirectory, "home"),
      PULUMI_BACKEND_URL: `file://${stateDirectory}`,
      PULUMI_CONFIG_PASSPHRASE: "",
      PWD: cwd,
      // The host of another maker reads them from Pulumi.yaml itself.
      [nodeArgumentsVariable]: readProjectIn(cwd).nodeArguments,
    };
    const commandLine = [...args, "--non-interactive", "--color", "never"];
    const { stdout, stderr } = spawnSync(join(this.#engine.directory, "pulumi"), commandLine, { cwd, env, input });
    this.search(`output of the engine's ${args.join(" ")}`, `${stdout}${stderr}`);
    return `${stdout}${stderr}`;
  }

  /** The statement itself holds the password: the server is not to write it down. */
  async changePassword({ text }: HardPassword): Promise<void> {
    const administrator = await this.sessions.open(this.database.superuserUrl, "administrator");
    for (const setting of [
      "log_statement = none",
      "log_min_duration_statement = -1",
      "pg_stat_statements.track = none",
    ])
      await administrator.query(`set ${setting}`);
    await administrator.query(`alter role postgres password ${administrator.escapeLiteral(text)}`);
  }

  /** Searches a text that something has said. */
  search(place: string, content: string | Buffer): void {
    for (const finding of this.#search.find(place, content)) this.#findings.add(finding);
  }

  /** Searches the files of the project, of Pulumi's home and state, of the commands' home and temporary folder, and what the plugin is made into. */
  searchFiles(): void {
    for (const folder of [this.stack.folder, this.#ownFolder, join(projectDirectory, ".palisade", "plugin")])
      for (const finding of this.#search.findInFolder(folder)) this.#findings.add(finding);
  }

  /** Searches PostgreSQL's log, and what it remembers of statements and of migrations that failed. */
  async searchServer(): Promise<void> {
    this.search("the server's log", readFileSync(this.server.logFile));
    const rows = await this.stack.sql(
      "select query from extensions.pg_stat_statements union all select logs from public._prisma_migrations",
    );
    this.search("the server's tables", JSON.stringify(rows));
  }

  /** Searches the command lines of all processes since the beginning. @returns them; undefined where the system doesn't show them */
  async searchProcessList(): Promise<readonly string[] | undefined> {
    const commandLines = await this.#processes?.stop();
    for (const line of commandLines ?? []) this.search("a command line", line);
    return commandLines;
  }

  async close(): Promise<void> {
    await this.#processes?.stop();
    await this.sessions.closeAll();
    await this.stack.close();
    await this.server.stop();
    rmSync(this.#ownFolder, { recursive: true });
  }
}

/** A home and a temporary folder to search; the engine itself is left in its place. */
function ownEnvironment(folder: string): Readonly<Record<string, string>> {
  const home = join(folder, "home");
  const temporary = join(folder, "temporary");
  for (const made of [temporary, join(home, ".cache")]) mkdirSync(made, { recursive: true });
  symlinkSync(dirname(engineCacheDirectory(process.env)), join(home, ".cache", "palisade"));
  // Pulumi has --event-log only then.
  return { HOME: home, TMPDIR: temporary, PULUMI_DEBUG_COMMANDS: "1" };
}

/** As much as PostgreSQL writes about what it is asked, and by whom. */
const serverLog = {
  log_statement: "all",
  log_min_duration_statement: "0",
  log_connections: "on",
  log_disconnections: "on",
  log_error_verbosity: "verbose",
  log_min_messages: "debug1",
  log_min_error_statement: "debug1",
};
