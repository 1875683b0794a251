import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { projectDirectory } from "../../infra/settings/project-folder.ts";
import { kill } from "./processes.ts";
import type { TestStack } from "./stack.ts";

const runner = ["--import", "tsx", join(projectDirectory, "test/support/run-pulumi.ts")];

/** Pulumi as a person runs it, in a process group of its own (which Ctrl-C in a terminal reaches as a whole). */
export class PulumiProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<number>;
  output = "";

  private constructor(child: ChildProcess) {
    this.child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (part: string) => {
        this.output += part;
      });
    }
    this.ended = new Promise((resolve) => child.on("close", (code) => resolve(code ?? 1)));
  }

  /** Without a terminal: nobody is asked. */
  static start(stack: TestStack, ...args: readonly string[]): PulumiProcess {
    return new PulumiProcess(
      spawn(process.execPath, [...runner, ...args, "--non-interactive", "--color", "never"], {
        cwd: projectDirectory,
        detached: true,
        env: environmentOf(stack),
        stdio: ["ignore", "pipe", "pipe"],
      }),
    );
  }

  /** In a terminal, where Pulumi asks; answers are written to `child.stdin`. */
  static startInTerminal(stack: TestStack, ...args: readonly string[]): PulumiProcess {
    const command = [process.execPath, ...runner, ...args, "--color", "never"].map(quote).join(" ");
    return new PulumiProcess(
      spawn("script", ["--quiet", "--flush", "--return", "--command", command, "/dev/null"], {
        cwd: projectDirectory,
        detached: true,
        env: { ...environmentOf(stack), TERM: "xterm", CI: "" },
        stdio: ["pipe", "pipe", "pipe"],
      }),
    );
  }

  /** Sends a signal to every process of the group, if it has not just ended. */
  signal(signal: NodeJS.Signals): void {
    if (this.child.pid !== undefined) kill(-this.child.pid, signal);
  }
}

function environmentOf(stack: TestStack): NodeJS.ProcessEnv {
  return { ...process.env, TEST_PULUMI_OPTIONS: JSON.stringify(stack.options) };
}

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
