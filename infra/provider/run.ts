import { readFileSync } from "node:fs";
import { hostname } from "node:os";

/**
 * Identifies a run of Pulumi by its engine's process. Process ids are reused, so on Linux the start time is included.
 */
export function pulumiRun(engine: number): string {
  return `${hostname()}-${engine}${startTime(engine)}`;
}

function startTime(pid: number): string {
  try {
    // The process's name is in parentheses and may contain spaces. The start time is the twentieth field after it.
    return `-${readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ")[19]}`;
  } catch {
    return "";
  }
}
