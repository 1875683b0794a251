import type { Run } from "./stack.ts";

/** What a run did or would do, as its summary counts it: `["~ 6 to update", "41 unchanged"]`. */
export function readSummary({ output }: Run): string[] {
  const lines = output.split("\n");
  const start = lines.lastIndexOf("Resources:");
  if (start < 0) return [];
  const end = lines.findIndex((line, index) => index > start && line.trim() === "");
  return lines.slice(start + 1, end < 0 ? undefined : end).map((line) => line.trim());
}

/** What is printed under each resource, by `TableAccess tasks`. */
export function readDiagnostics({ output }: Run): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  const lines = output.split("\n");
  let current: string[] | undefined;
  for (const line of lines.slice(lines.lastIndexOf("Diagnostics:") + 1)) {
    const heading = /^ {2}\S*?([^:\s]+) \((.*)\):$/.exec(line);
    if (heading) {
      current = [];
      found.set(`${heading[1]} ${heading[2]}`, current);
    } else if (/^\S/.test(line)) current = undefined;
    else if (line.trim() !== "") current?.push(line.trim());
  }
  return found;
}

/** The resources that are made, changed or removed, by `TableAccess tasks`, with what happens to them. */
export function readOperations({ output }: Run): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const line of output.split("\n")) {
    const match = /^ {0,2}[^\s@]\S* +palisade:index:(\w+) (\S+) (create|update|delete|replace|import)(d|ing)?\b/.exec(
      line,
    );
    if (match) found.set(`${match[1]} ${match[2]}`, match[3] ?? "");
  }
  return found;
}
