import { readFileSync } from "node:fs";
import { hostname } from "node:os";

/**
 * Tells one run of Pulumi from any other, by its engine's process. Numbers of processes come back one day, so on Linux the
 * time of its start is part of it.
 */
export function pulumiRun(engine: number): string {
  return `${hostname()}-${engine}${startTime(engine)}`;
}

function startTime(pid: number): string {
  try {
    // The process's name stands in parentheses and may hold spaces; the start time is the twentieth field after it.
    return `-${readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ")[19]}`;
  } catch {
    return "";
  }
}
