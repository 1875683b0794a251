import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

/** The parts of a stack's state in a file backend that are needed here. */
export interface Checkpoint {
  readonly checkpoint?: {
    readonly latest?: {
      readonly resources?: readonly { readonly type?: string; readonly inputs?: Readonly<Record<string, unknown>> }[];
    };
  };
}

/** The path of a stack's state in a file backend. If it is compressed, `.gz` follows. */
export function checkpointFile(state: string, project: string, stack: string): string {
  return join(state, ".pulumi", "stacks", project, `${stack}.json`);
}

export function readStackCheckpoint(state: string, project: string, stack: string): Checkpoint | undefined {
  const file = checkpointFile(state, project, stack);
  return readCheckpoint(file) ?? readCheckpoint(`${file}.gz`);
}

/** Undefined if there is none, or a full disk or a crash has left only a part of it. */
export function readCheckpoint(file: string): Checkpoint | undefined {
  if (!existsSync(file)) return undefined;
  const bytes = readFileSync(file);
  try {
    const text = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes;
    const value: unknown = JSON.parse(text.toString("utf8"));
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The variable with the database that a stack was last deployed to. Undefined: the local one, or none. */
export function findDeployedConnection(checkpoint: Checkpoint | undefined): string | undefined {
  const resources = checkpoint?.checkpoint?.latest?.resources ?? [];
  const providers = resources.filter(({ type }) => type === "pulumi:providers:palisade");
  const [connection] = providers.flatMap(({ inputs }) => inputs?.connection ?? []);
  return connection === undefined ? undefined : String(connection);
}
