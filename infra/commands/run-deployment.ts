import { type Engine, ensureEngine } from "../local/engine/index.ts";
import { ensureLocalDatabase } from "../local/postgres/index.ts";
import { projectDirectory } from "../local/project.ts";
import { runPulumi } from "../local/pulumi.ts";
import { readPulumiArguments } from "../local/pulumi-arguments.ts";
import { resolveTarget } from "../local/pulumi-target.ts";

export interface DeploymentOptions {
  /** Whether a local stack may be changed unasked when nobody can be asked; others always need a `--yes`. Default: false. */
  readonly approve?: boolean;
  /** What follows once Pulumi has succeeded. */
  readonly afterwards?: (stack: string, report: (line: string) => void) => Promise<void>;
}

/**
 * Runs Pulumi on this project for a person: gets the engine, starts the local database if the stack's is that one, and
 * leaves the terminal to Pulumi.
 *
 * @returns the exit code
 */
export async function runDeployment(args: readonly string[], options: DeploymentOptions = {}): Promise<number> {
  const { approve = false, afterwards } = options;
  const report = (line: string) => console.error(line);
  const engine = await ensureEngine(report);
  const command = readPulumiArguments(args);
  const target = resolveTarget(command, { directory: projectDirectory, environment: process.env, engine });
  if (command.usesDatabase && target.isLocal) {
    await ensureLocalDatabase({ projectDirectory, report });
  }
  const canAsk = !command.isNonInteractive && isInteractive();
  const approval = approve && target.isLocal && !command.isDecided && !canAsk ? ["--yes"] : [];
  const code = command.name === "import" ? withoutCodeGeneration(args, engine, report) : [];
  const { exitCode } = await runPulumi([...args, ...approval, ...code], { engine, report });
  const hasDeployed = exitCode === 0 && command.usesDatabase && !args.includes("--preview-only");
  if (hasDeployed) await afterwards?.(target.stack, report);
  return exitCode;
}

/** The language host that can be built from Go modules does not write programs, and Pulumi would fail after the import itself. */
function withoutCodeGeneration(args: readonly string[], engine: Engine, report: (line: string) => void): string[] {
  if (engine.origin !== "built" || args.some((arg) => /^(--generate-code|--out|-o)\b/.test(arg))) return [];
  report(
    "This engine was built from source, which can't write the declaration for you; the import itself is complete.",
  );
  return ["--generate-code=false"];
}

/** As Pulumi decides it: a terminal to read from and write to, and no build server. */
function isInteractive(): boolean {
  const isBuildServer = process.env.CI !== undefined && process.env.CI !== "";
  return process.stdin.isTTY && process.stdout.isTTY && process.env.TERM !== "dumb" && !isBuildServer;
}
