import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Engine, ensureEngine } from "../../infra/engine/index.ts";
import { runPulumi } from "../../infra/engine/running/pulumi.ts";
import { projectDirectory } from "../../infra/settings/project-folder.ts";
import type { Size } from "./workload.ts";

/** Which provider carries the program out. */
export type Carrier =
  | { readonly provider: "palisade"; readonly connectionString: string }
  | { readonly provider: "nothing"; readonly refreshes: boolean };

export interface ProjectOptions {
  readonly carrier: Carrier;
  /** How much the program declares. Default: the program is the application's own, stacks/index.ts. */
  readonly size?: Size;
  /** Has the least program in its place, in JavaScript that nothing is loaded before. */
  readonly isEmpty?: boolean;
}

/** What a command took. */
export interface Cost {
  /** By the clock, in milliseconds. */
  readonly time: number;
  /** Of processors, in milliseconds: the engine's and its children's, not the database's. Not a number where the system doesn't tell. */
  readonly work: number;
}

/** A Pulumi project in a temporary folder, with a state of its own and a provider in a process of its own. */
export class BenchProject {
  readonly #folder: string;
  readonly #engine: Engine;
  readonly #environment: Readonly<Record<string, string>>;

  private constructor(folder: string, engine: Engine, environment: Readonly<Record<string, string>>) {
    this.#folder = folder;
    this.#engine = engine;
    this.#environment = environment;
  }

  static async create({ carrier, size, isEmpty = false }: ProjectOptions): Promise<BenchProject> {
    const folder = mkdtempSync(join(tmpdir(), "palisade-bench-"));
    const isOurs = carrier.provider === "palisade";
    const declared = size === undefined ? "stacks/index.ts" : "test/bench/program.ts";
    const settings = readFileSync(join(projectDirectory, "Pulumi.yaml"), "utf8")
      .replace("stacks/index.ts", isEmpty ? "test/bench/empty-program.mjs" : declared)
      .replace(/(?<=nodeargs: ).*/, (given) => (isEmpty ? "--no-deprecation" : given))
      .replace("./infra/provider", isOurs ? "./infra/provider" : "./test/bench/nothing-provider");
    writeFileSync(join(folder, "Pulumi.yaml"), settings);
    writeFileSync(
      join(folder, "Pulumi.bench.yaml"),
      `config:\n  palisade:connection: BENCH_URL\n  bench:size: '${JSON.stringify(size ?? {})}'\n`,
    );
    for (const name of ["infra", "node_modules", "prisma", "sql", "stacks", "test", "package.json"]) {
      symlinkSync(join(projectDirectory, name), join(folder, name));
    }
    return new BenchProject(
      folder,
      await ensureEngine((line) => console.error(line)),
      isOurs ? { BENCH_URL: carrier.connectionString } : { BENCH_REFRESH: String(carrier.refreshes) },
    );
  }

  /** Runs a preview, which must find nothing to do. */
  async preview(): Promise<Cost> {
    const { output, ...cost } = await this.#measure("preview");
    if (/Resources:\s+\d+ unchanged\s*$/m.test(output)) return cost;
    throw new Error(`the preview was to find nothing to do, and found:\n${output}`);
  }

  /** Runs the preview and the update, as `pulumi up` does. */
  async up(): Promise<Cost & { readonly output: string }> {
    return await this.#measure("up", "--yes");
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #measure(...command: readonly string[]): Promise<Cost & { readonly output: string }> {
    // That a new stack is made is no part of the command.
    await this.#pulumi("stack", "--show-name");
    const started = { time: performance.now(), work: workOfChildren() };
    const output = await this.#pulumi(...command);
    return { time: performance.now() - started.time, work: workOfChildren() - started.work, output };
  }

  async #pulumi(...command: readonly string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await runPulumi([...command, "--non-interactive", "--color", "never"], {
      directory: this.#folder,
      stateDirectory: join(this.#folder, "state"),
      stack: "bench",
      environment: this.#environment,
      engine: this.#engine,
      output: "capture",
      report: () => undefined,
    });
    if (exitCode !== 0) throw new Error(`pulumi ${command.join(" ")} failed:\n${stdout}\n${stderr}`);
    return stdout;
  }
}

/** What the children that have ended took of the processors, with theirs, in milliseconds: steadier than the clock on a busy machine. */
function workOfChildren(): number {
  try {
    const fields = readFileSync("/proc/self/stat", "utf8").split(") ").at(-1)?.split(" ") ?? [];
    const ticksPerSecond = 100;
    return ((Number(fields[13]) + Number(fields[14])) * 1000) / ticksPerSecond;
  } catch {
    return Number.NaN;
  }
}
