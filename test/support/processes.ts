import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { promisify } from "node:util";

export interface RunningProcess {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** The processes of this machine whose command line holds a text; a test's own are found by its temporary folder. */
export async function findProcesses(text: string): Promise<readonly RunningProcess[]> {
  const all = existsSync("/proc/self/stat") ? readProcesses() : await listProcesses();
  return all.filter(({ command }) => command.includes(text));
}

/** The processes of this machine that have inherited this variable with this value, whatever they are called by now. */
export async function findDescendants(variable: string): Promise<readonly RunningProcess[]> {
  if (!existsSync("/proc/self/environ"))
    return (await listProcesses(["-E"])).filter(({ command }) => command.includes(variable));
  return readProcesses().filter(({ pid }) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(variable);
    } catch {
      // It has ended meanwhile, or is another user's.
      return false;
    }
  });
}

/** Kills a process of the test's own; one that has just ended is none. */
export function kill(pid: number, signal: NodeJS.Signals = "SIGKILL"): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Linux; a small installation has no `ps`. @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
function readProcesses(): readonly RunningProcess[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const command = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ").trim();
      const parent = readFileSync(`/proc/${name}/stat`, "utf8").split(") ").at(-1)?.split(" ")[1];
      return [{ pid: Number(name), parent: Number(parent), command }];
    } catch {
      // It has ended meanwhile.
      return [];
    }
  });
}

async function listProcesses(options: readonly string[] = []): Promise<readonly RunningProcess[]> {
  const { stdout } = await promisify(execFile)("ps", ["-axww", ...options, "-o", "pid=,ppid=,args="], {
    maxBuffer: 1 << 26,
  });
  return stdout.split("\n").flatMap((line) => {
    const [, pid, parent, command = ""] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return pid === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), command }];
  });
}
