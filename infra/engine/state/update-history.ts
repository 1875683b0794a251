import { join } from "node:path";
import { runCaptured } from "../../system/child-process.mjs";
import { type Engine, engineEnvironment } from "../engine.ts";

/** An update of a stack, as Pulumi's history has it. */
export interface PastUpdate {
  /** Absent: the backend does not count, as one of files does not. */
  readonly version?: number;
  readonly endTime: string;
  /** The commit that was checked out. Absent: none was. */
  readonly commit?: string;
  /** Whether files differed from that commit. */
  readonly isDirty: boolean;
}

/** The stack's last update that succeeded. Undefined: there is none, or the history can't be read now. */
export async function readLastSuccess(
  engine: Engine,
  directory: string,
  stack: string,
): Promise<PastUpdate | undefined> {
  const args = ["stack", "history", "--json", "--page-size", "20", "--stack", stack, "--non-interactive"];
  const environment = engineEnvironment(engine, process.env);
  const { exitCode, stdout } = await runCaptured(join(engine.directory, "pulumi"), args, {
    cwd: directory,
    environment: { ...environment, PWD: directory },
  });
  if (exitCode !== 0) return undefined;
  const updates = JSON.parse(stdout) as readonly HistoryEntry[];
  const last = updates.find(({ kind, result }) => kind === "update" && result === "succeeded");
  if (last === undefined) return undefined;
  const { version, endTime, environment: { "git.head": commit, "git.dirty": isDirty } = {} } = last;
  return {
    endTime,
    isDirty: isDirty === "true",
    ...(version ? { version } : {}),
    ...(commit === undefined ? {} : { commit }),
  };
}

interface HistoryEntry {
  readonly kind: string;
  readonly result: string;
  readonly endTime: string;
  readonly version?: number;
  readonly environment?: Readonly<Record<string, string>>;
}
