import {
  cpSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { runPulumi } from "../../infra/engine/running/pulumi.ts";
import { serve } from "../../infra/provider/main.ts";
import { projectDirectory } from "../../infra/settings/project-folder.ts";
import { linkPackages } from "./link-packages.ts";
import { keepShared, sharedPath } from "./shared-folder.ts";
import type { TestDatabase } from "./test-server.ts";

export interface Run {
  readonly exitCode: number;
  /** What the engine printed, both streams, without colours. */
  readonly output: string;
}

export interface StackOptions {
  readonly database: TestDatabase;
  /** The program's text; `infra` imports from "pulumi-palisade". Default: the repository's own stacks/index.ts. */
  readonly program?: string;
  /** Starts the provider as the engine does, in a process of its own, instead of in the test's (where coverage sees it). */
  readonly ownProcess?: boolean;
  /** More variables for every command. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A Pulumi project in a temporary folder, with the real engine, against one test database. */
export class TestStack {
  readonly folder: string;
  readonly #variable: string;
  readonly #database: TestDatabase;
  readonly #ownProcess: boolean;
  readonly #environment: Readonly<Record<string, string>>;
  /** Undefined after the server was stopped under it: the next statement connects anew. */
  #client: pg.Client | undefined;

  private constructor(folder: string, { database, ownProcess = false, environment = {} }: StackOptions) {
    this.folder = folder;
    this.#variable = `${database.database.toUpperCase()}_URL`;
    // The provider in this process reads the variable here, one of its own process inherits it. It stays set: stacks may share a database.
    process.env[this.#variable] = database.url;
    this.#database = database;
    this.#ownProcess = ownProcess;
    this.#environment = environment;
    writeFileSync(join(folder, "Pulumi.test.yaml"), `config:\n  palisade:connection: ${this.#variable}\n`);
  }

  static async create(options: StackOptions): Promise<TestStack> {
    const { program } = options;
    const folder = mkdtempSync(join(tmpdir(), "palisade stack "));
    const settings = readFileSync(join(projectDirectory, "Pulumi.yaml"), "utf8");
    writeFileSync(
      join(folder, "Pulumi.yaml"),
      program === undefined ? settings : settings.replace("stacks/index.ts", "index.ts"),
    );
    for (const name of ["infra", "node_modules", "prisma", "sql", "stacks", "package.json"])
      symlinkSync(join(projectDirectory, name), join(folder, name));
    const compiled = sharedPath("compiled-program");
    if (compiled !== undefined && existsSync(compiled)) cpSync(compiled, compiledFolder(folder), { recursive: true });
    const stack = new TestStack(folder, options);
    if (program !== undefined) stack.write(program);
    return stack;
  }

  /** Replaces the program. */
  write(program: string): void {
    writeFileSync(join(this.folder, "index.ts"), program);
  }

  /** Changes one place in a file of the program; the repository's own file stays as it is. */
  edit(file: string, from: string, to: string): void {
    const [root = ""] = file.split("/");
    // Who imports the package has to lie where the edited one is found.
    for (const name of root === "infra" ? ["infra", "stacks", "node_modules"] : [root]) {
      if (!lstatSync(join(this.folder, name)).isSymbolicLink()) continue;
      rmSync(join(this.folder, name));
      if (name === "node_modules") linkPackages(this.folder);
      else cpSync(join(projectDirectory, name), join(this.folder, name), { recursive: true });
    }
    const text = readFileSync(join(this.folder, file), "utf8");
    if (text.split(from).length !== 2) throw new Error(`${file} does not hold exactly once: ${from}`);
    writeFileSync(
      join(this.folder, file),
      text.replace(from, () => to),
    );
  }

  /** How Pulumi is run on this stack, with the provider in a process of its own. */
  get options() {
    return {
      directory: this.folder,
      stateDirectory: join(this.folder, "state"),
      stack: "test",
      environment: { ...this.#environment, [this.#variable]: this.#database.url } as Readonly<Record<string, string>>,
    };
  }

  up(...args: string[]): Promise<Run> {
    return this.run("up", "--yes", "--skip-preview", ...args);
  }

  preview(...args: string[]): Promise<Run> {
    return this.run("preview", ...args);
  }

  async run(command: string, ...args: string[]): Promise<Run> {
    // A provider lives as long as one command: what it has read belongs to that command.
    const reported: string[] = [];
    const provider = this.#ownProcess ? undefined : await serve({ projectDirectory: this.folder });
    try {
      const { environment, ...options } = this.options;
      const result = await runPulumi([command, ...args, "--non-interactive", "--color", "never"], {
        ...options,
        environment: {
          ...environment,
          ...(provider === undefined ? {} : { PULUMI_DEBUG_PROVIDERS: `palisade:${provider.port}` }),
        },
        output: "capture",
        report: (line) => reported.push(line),
      });
      return { exitCode: result.exitCode, output: [...reported, result.stdout, result.stderr].join("\n") };
    } finally {
      await provider?.close();
    }
  }

  /** Runs SQL as the superuser, as somebody would who goes around the stack. */
  async sql<Row extends pg.QueryResultRow = pg.QueryResultRow>(
    text: string,
    values: readonly unknown[] = [],
  ): Promise<Row[]> {
    this.#client ??= await this.#connect();
    return (await this.#client.query<Row>(text, [...values])).rows;
  }

  async close(): Promise<void> {
    await this.#client?.end();
    const compiled = sharedPath("compiled-program");
    if (compiled !== undefined && !existsSync(compiled)) await keepShared(compiled, (kept) => this.#copyCompiled(kept));
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The compiled code of Pulumi's SDK and other packages, which every program loads; not the program. */
  #copyCompiled(to: string): void {
    const from = compiledFolder(this.folder);
    for (const name of existsSync(from) ? readdirSync(from) : [])
      if (name.startsWith("compiled-")) cpSync(join(from, name), join(to, name));
  }

  async #connect(): Promise<pg.Client> {
    const client = new pg.Client(this.#database.superuserUrl);
    client.on("error", () => {
      this.#client = undefined;
    });
    await client.connect();
    return client;
  }
}

function compiledFolder(project: string): string {
  return join(project, ".palisade", "program");
}
