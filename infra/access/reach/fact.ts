import { type AskedPolicy, rowCommands, tableCommands } from "./extent.ts";
import type { ReachedObject } from "./finding.ts";

/**
 * One role's access to one object by one command. The field names are those of `--json` and of the file with a change's
 * reach.
 */
export interface ReachFact {
  /** `public` is everybody. */
  readonly role: string;
  /** For files: their bucket. */
  readonly object: ReachedObject;
  readonly command: ReachCommand;
  /** For `grant`: the privilege with the grant option. */
  readonly privilege?: ReachCommand;
  /** For rows and files: `every` one, or `some`, those that `policies` allow. */
  readonly rows?: "every" | "some";
  /** The names of the policies that apply. */
  readonly policies?: readonly string[];
  /**
   * The conditions of those policies, sorted: first on existing rows, then on written ones. Those of a restrictive
   * policy start with `and`.
   */
  readonly conditions?: readonly string[];
  /** Absent: all columns. */
  readonly columns?: readonly string[];
  /** How the role comes by it. */
  readonly way: ReachWay;
  /** For a view or function: the role whose rights it runs with. */
  readonly as?: string;
  /** For a view: the tables whose rows it shows. */
  readonly through?: readonly { readonly table: string; readonly rows: "every" | "some" }[];
}

/**
 * `own`: alter and drop an object, and grant on it. `grant`: pass on a privilege. `download`: read a public bucket's
 * files by URL. `subscribe`: receive the changes of a table over Realtime. `become`: act as another role. `bypass`: be
 * exempt from all policies.
 */
export const reachCommands = [
  ...rowCommands,
  ...tableCommands,
  ...(["own", "grant", "execute", "create", "usage", "download", "subscribe", "become", "bypass"] as const),
] as const;
export type ReachCommand = (typeof reachCommands)[number];

export const reachWays = [
  ...(["privilege", "ownership", "bypass", "superuser", "membership", "attribute"] as const),
  ...(["default privileges", "public bucket", "publication"] as const),
] as const;
export type ReachWay = (typeof reachWays)[number];

/** The policies by name, and their conditions. */
export function askedBy(policies: readonly AskedPolicy[]): Pick<ReachFact, "policies" | "conditions"> {
  if (policies.length === 0) return {};
  const conditions = policies.map(({ permissive, conditions: [existing = "", written = existing] }) => {
    const both = written === existing ? existing : `${existing}; written: ${written}`;
    return permissive ? both : `and ${both}`;
  });
  return { policies: policies.map(({ name }) => name), conditions: [...new Set(conditions)].sort() };
}

/** The table with the files of all buckets. */
export const everyFile: ReachedObject = { kind: "table", id: "storage.objects" };

/** Whether anybody on the internet acts as this role. */
export function isForEverybody(role: string): boolean {
  return role === "public" || role === "anon";
}
