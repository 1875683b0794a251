import { parseArgs } from "node:util";
import type { RowName } from "./bench.ts";

export interface Options {
  readonly rows: readonly RowName[];
  readonly previews: number;
  readonly ups: number;
  /** Fresh processes that read and diff. */
  readonly reads: number;
  readonly adoptions: number;
  readonly verifications: number;
  /** Of each shape of query. */
  readonly queries: number;
  /** Whether docs/benchmarks.md is written. */
  readonly writes: boolean;
}

export const rowNames: readonly RowName[] = [
  "sample",
  "preview",
  "up",
  "read",
  "adopt",
  "verify",
  "query",
  "memory",
  "locks",
  "package",
];

export const usage = `npm run bench [-- options]
  --only sample,preview,up,read,adopt,verify,query,memory,locks,package   measure these rows; docs/benchmarks.md is left alone
  --repeat 2                                   twice as many repetitions (0.5: half as many)
  --no-write                                   leave docs/benchmarks.md alone`;

/** @throws an error with the usage, for arguments it doesn't know */
export function readOptions(args: readonly string[]): Options {
  let values: { only?: string; repeat?: string; "no-write"?: boolean };
  try {
    values = parseArgs({
      args: [...args],
      options: { only: { type: "string" }, repeat: { type: "string" }, "no-write": { type: "boolean" } },
    }).values;
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n${usage}`);
  }
  const only = values.only?.split(",").map((name) => name.trim());
  const unknown = only?.filter((name) => !rowNames.some((row) => row === name)) ?? [];
  const factor = Number(values.repeat ?? 1);
  if (unknown.length > 0) throw new Error(`there is no row ${unknown.join(", ")}\n${usage}`);
  if (!(factor > 0)) throw new Error(`--repeat needs a number above 0\n${usage}`);
  const times = (count: number) => Math.max(1, Math.round(count * factor));
  return {
    rows: rowNames.filter((row) => only === undefined || only.includes(row)),
    previews: times(6),
    ups: times(3),
    reads: times(7),
    adoptions: times(3),
    verifications: times(3),
    queries: times(200),
    writes: only === undefined && values["no-write"] !== true,
  };
}
