import type { Options } from "./options.ts";
import type { BenchServer } from "./servers.ts";

export type RowName =
  | "sample"
  | "preview"
  | "up"
  | "read"
  | "adopt"
  | "verify"
  | "query"
  | "memory"
  | "locks"
  | "package";

/** What the rows share. */
export interface Bench {
  readonly options: Options;
  readonly server: BenchServer;
  wants(row: RowName): boolean;
  progress(line: string): void;
}
