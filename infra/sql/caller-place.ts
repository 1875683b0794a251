import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { projectFolder } from "../settings/project-folder.ts";

/**
 * The program's location of the current call into this package, such as `stacks/table-access.ts:41`; undefined if it is
 * not known.
 */
export function callerPlace(): string | undefined {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 100;
  const lines = (new Error().stack ?? "").split("\n").slice(1);
  Error.stackTraceLimit = stackTraceLimit;
  const places = lines.flatMap((line) => readPlace(line) ?? []);
  // Locations in a bundle are mapped to its sources, which only the stack trace contains.
  const own = places[0]?.file.slice(0, -"sql/caller-place.ts".length);
  const caller = places.find(
    ({ file }) => own !== undefined && !file.startsWith(own) && !/[\\/]node_modules[\\/]/.test(file),
  );
  if (caller === undefined) return undefined;
  const inside = relative(projectFolder(), caller.file);
  return `${inside.startsWith("..") ? caller.file : inside}:${caller.line}`;
}

function readPlace(frame: string): { readonly file: string; readonly line: string } | undefined {
  const [, at, line] =
    /(?:\(|\bat )(?:async )?((?:file:\/\/|\/)[^()]*?|(?:file:\/\/|\/).*?):(\d+):\d+\)?$/.exec(frame) ?? [];
  if (at === undefined || line === undefined) return undefined;
  return { file: at.startsWith("file:") ? fileURLToPath(at) : at, line };
}
