import { readFileSync } from "node:fs";
import { cpus, release, totalmem, type } from "node:os";
import { ensureEngine } from "../../infra/engine/index.ts";

/** What the figures were measured on. */
export interface Machine {
  readonly processors: string;
  readonly memory: string;
  readonly system: string;
  readonly node: string;
  readonly engine: string;
  readonly postgresql: string;
}

/** @param postgresql the server's own word, of `show server_version` */
export async function inspectMachine(postgresql: string): Promise<Machine> {
  const engine = await ensureEngine((line) => console.error(line));
  const processors = cpus();
  return {
    processors: `${processors.length} × ${processors[0]?.model.trim() ?? "unknown"}`,
    memory: `${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
    system: `${readSystemName()} (${type()} ${release()})`,
    node: process.version,
    engine: `${engine.version} (${engine.origin})`,
    postgresql,
  };
}

export function describeMachine(machine: Machine): string {
  return [
    `Processors: ${machine.processors}; memory ${machine.memory}; ${machine.system}.`,
    `Node.js ${machine.node}, Pulumi ${machine.engine}, PostgreSQL ${machine.postgresql} without fsync.`,
  ].join("\n");
}

function readSystemName(): string {
  try {
    return /^PRETTY_NAME="(.*)"$/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? process.platform;
  } catch {
    return process.platform;
  }
}
