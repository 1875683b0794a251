import type { Engine } from "../engine.ts";
import { runPulumi } from "../running/pulumi.ts";

/** An update of a stack in Pulumi's history. */
export interface PastUpdate {
  /** Absent: the backend, such as a file backend, has no versions. */
  readonly version?: number;
  readonly endTime: string;
  /** The commit that was checked out. Absent: there was none. */
  readonly commit?: string;
  /** Whether files differed from that commit. */
  readonly isDirty: boolean;
}

/** The successful updates among the stack's last twenty, newest first. Undefined: the history can't be read. */
export async function readSuccessfulUpdates(
  engine: Engine,
  directory: string,
  stack: string,
): Promise<readonly PastUpdate[] | undefined> {
  const args = ["stack", "history", "--json", "--page-size", "20", "--stack", stack, "--non-interactive"];
  const report = () => undefined;
  const { exitCode, stdout } = await runPulumi(args, { directory, engine, output: "capture", report });
  if (exitCode !== 0) return undefined;
  const entries = JSON.parse(stdout) as readonly HistoryEntry[];
  return entries.filter(({ kind, result }) => kind === "update" && result === "succeeded").map(toUpdate);
}

interface HistoryEntry {
  readonly kind: string;
  readonly result: string;
  readonly endTime: string;
  readonly version?: number;
  readonly environment?: Readonly<Record<string, string>>;
}

function toUpdate({ version, endTime, environment = {} }: HistoryEntry): PastUpdate {
  const { "git.head": commit, "git.dirty": isDirty } = environment;
  return {
    endTime,
    isDirty: isDirty === "true",
    ...(version ? { version } : {}),
    ...(commit === undefined ? {} : { commit }),
  };
}
