import { chmod, copyFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { runCaptured } from "../system/child-process.mjs";
import { packageFolder } from "../system/package-folder.ts";
import { EngineUnavailable } from "./engine.ts";
import { findGo, type Go } from "./go.ts";
import { writeHostSources } from "./language-host.ts";
import { installLauncher } from "./launcher.ts";
import { formatDuration, type Report, withProgress } from "./progress.ts";
import { engineVersion } from "./version.ts";

/**
 * Builds the engine and its Node.js language host from Go modules. Each has a go.mod and go.sum (in `modules`), so that
 * the sources are verified and no version is resolved again.
 */
export async function buildEngine(
  folder: string,
  report: Report,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const started = performance.now();
  const go = await findGo(environment);
  report(`Building Pulumi ${engineVersion} from source; this takes a few minutes, once.`);
  await buildHost(go, folder, report);
  await buildProgram(go, pulumi, join(folder, "bin", "pulumi"), report);
  report(`Built Pulumi in ${formatDuration(performance.now() - started)}`);
}

/** How much of a program has been compiled, counted from the output of `go build -v`. */
export class CompileCount {
  #compiled = 0;
  #isLinking = false;
  readonly #program: string;
  readonly #total: number;

  constructor(program: string, total: number) {
    this.#program = program;
    this.#total = total;
  }

  /**
   * Counts a line of output: the import path of a package that is being compiled (the program's own is last), or
   * another message.
   */
  add(line: string): void {
    this.#compiled += /^[\w.~-]+(\/[\w.~-]+)*$/.test(line) ? 1 : 0;
    this.#isLinking ||= line === this.#program;
  }

  /** Packages in Go's build cache are not printed, so the count may stay below the total. */
  toString(): string {
    return this.#isLinking ? "linking" : `${this.#compiled} of ${this.#total} packages`;
  }
}

export interface Program {
  /** Its name in progress messages: `the engine`. */
  readonly title: string;
  /** The folder of its go.mod. */
  readonly module: string;
  /** The path of its package, or of its only source file. */
  readonly package: string;
  readonly linkerFlags: string;
}

const modules = join(packageFolder, "engine", "modules");

const pulumi: Program = {
  title: "the engine",
  module: join(modules, "pulumi"),
  package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
  linkerFlags: `-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${engineVersion}`,
};

/** From an older release: newer ones have the host in a separate module, which module proxies don't serve. */
const languageHost: Program = {
  title: "the Node.js language host",
  module: join(modules, "language-nodejs"),
  package: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
  linkerFlags: "-s -w",
};

/** The host, its launcher, and the scripts that start policy packs and dynamic providers. */
async function buildHost(go: Go, folder: string, report: Report): Promise<void> {
  await fetchSource(go, languageHost, report);
  const query = ["list", "-m", "-f", "{{.Dir}}", "github.com/pulumi/pulumi/sdk/v3"];
  const source = (await runGo(go, languageHost, query)).trim();
  const module = join(folder, "host", "source");
  writeHostSources(languageHost.module, source, module);
  const program = { ...languageHost, module, package: "palisade.local/language-nodejs" };
  await buildProgram(go, program, join(folder, "host", "pulumi-language-nodejs"), report);
  await rm(module, { recursive: true });
  installLauncher(folder);
  for (const script of ["pulumi-analyzer-policy", "pulumi-resource-pulumi-nodejs"]) {
    await copyFile(join(source, "nodejs", "dist", script), join(folder, "bin", script));
    await chmod(join(folder, "bin", script), 0o755);
  }
}

export async function buildProgram(go: Go, program: Program, output: string, report: Report): Promise<void> {
  const total = await fetchSource(go, program, report);
  const count = new CompileCount(program.package, total);
  const flags = ["-v", "-trimpath", "-buildvcs=false", "-ldflags", program.linkerFlags, "-o", output];
  const describe = (elapsed: string) => `Compiling ${program.title}: ${count}, ${elapsed}`;
  await withProgress(report, describe, () =>
    runGo(go, program, ["build", ...flags, program.package], (line) => count.add(line)),
  );
}

/** Downloads the modules needed, and returns the number of packages in the program. */
async function fetchSource(go: Go, program: Program, report: Report): Promise<number> {
  let modules = 0;
  const describe = (elapsed: string) => `Fetching the source of ${program.title}: ${modules} modules, ${elapsed}`;
  const count = (line: string) => {
    modules += line.startsWith("go: downloading ") ? 1 : 0;
  };
  const list = await withProgress(report, describe, () =>
    runGo(go, program, ["list", "-deps", program.package], count),
  );
  return list.trim().split("\n").length;
}

async function runGo(
  go: Go,
  program: Program,
  args: readonly string[],
  onErrorLine: (line: string) => void = () => undefined,
): Promise<string> {
  const options = { cwd: program.module, environment: go.environment, onErrorLine };
  const { exitCode, stdout, stderr } = await runCaptured(go.path, args, options);
  if (exitCode !== 0) {
    throw new EngineUnavailable(`${program.title} could not be built: ${lastLines(stderr)}`);
  }
  return stdout;
}

/** Go first prints which packages it compiles, and finally why it stopped. */
function lastLines(output: string): string {
  return output.trim().split("\n").slice(-8).join("\n");
}
