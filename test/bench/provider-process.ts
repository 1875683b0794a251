import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectDirectory } from "../../infra/settings/project-folder.ts";
import { type Call, callByPort } from "./calls.ts";

/** The provider in a process of its own, started by the same file as the engine starts it. */
export class ProviderProcess {
  readonly call: Call;
  readonly #child: ChildProcess;
  readonly #disconnect: () => void;

  private constructor(child: ChildProcess, port: number) {
    const { call, close } = callByPort(port);
    this.#child = child;
    this.#disconnect = close;
    this.call = call;
  }

  static async start(environment: Readonly<Record<string, string>>): Promise<ProviderProcess> {
    const child = spawn(join(projectDirectory, "infra/provider/pulumi-resource-palisade"), [], {
      cwd: projectDirectory,
      env: { ...process.env, ...environment },
      stdio: ["pipe", "pipe", "inherit"],
    });
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    return new ProviderProcess(child, Number(String(line)));
  }

  /** Resident memory, in MB: now, and the most it ever was (where the system tells only the first, that). */
  memory(): { readonly now: number; readonly most: number } {
    const pid = this.#child.pid ?? 0;
    try {
      const status = readFileSync(`/proc/${pid}/status`, "utf8");
      const read = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) / 1000;
      return { now: read("VmRSS"), most: read("VmHWM") };
    } catch {
      const now = Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" })) / 1000;
      return { now, most: now };
    }
  }

  async stop(): Promise<void> {
    this.#disconnect();
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    await ended;
  }
}
