import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

/** A stack's state in a file backend, as far as it is needed here. */
export interface Checkpoint {
  readonly checkpoint?: {
    readonly latest?: {
      readonly resources?: readonly { readonly type?: string; readonly inputs?: Readonly<Record<string, unknown>> }[];
    };
  };
}

/** Where a file backend keeps a stack's state; with `.gz` behind it where it is compressed. */
export function checkpointFile(state: string, project: string, stack: string): string {
  return join(state, ".pulumi", "stacks", project, `${stack}.json`);
}

export function readStackCheckpoint(state: string, project: string, stack: string): Checkpoint | undefined {
  const file = checkpointFile(state, project, stack);
  return readCheckpoint(file) ?? readCheckpoint(`${file}.gz`);
}

/** Undefined where there is none, or only what a full disk or a killed machine has left of one. */
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

/** The variable that names the database to which a stack was deployed last; undefined: the local one, or none. */
export function findDeployedConnection(checkpoint: Checkpoint | undefined): string | undefined {
  const resources = checkpoint?.checkpoint?.latest?.resources ?? [];
  const providers = resources.filter(({ type }) => type === "pulumi:providers:palisade");
  const [connection] = providers.flatMap(({ inputs }) => inputs?.connection ?? []);
  return connection === undefined ? undefined : String(connection);
}
