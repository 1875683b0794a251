import { type AskedPolicy, rowCommands, tableCommands } from "./extent.ts";
import type { ReachedObject } from "./finding.ts";

/** What one role may do with one object by one command. The field names are those of `--json` and of the file with a change's reach. */
export interface ReachFact {
  /** `public` is everybody. */
  readonly role: string;
  /** Of files, their bucket. */
  readonly object: ReachedObject;
  readonly command: ReachCommand;
  /** Of `grant`: the privilege that may be handed on. */
  readonly privilege?: ReachCommand;
  /** Of rows and files: `every` one, or `some`, those that `policies` let through. */
  readonly rows?: "every" | "some";
  /** The policies that are asked, by name. */
  readonly policies?: readonly string[];
  /** What those policies ask, sorted: conditions on rows that are there, then on rows as they are written; `and` before a restrictive one's. */
  readonly conditions?: readonly string[];
  /** Absent: all of them. */
  readonly columns?: readonly string[];
  /** How the role comes by it. */
  readonly way: ReachWay;
  /** Of a view or a function: with whose rights it runs. */
  readonly as?: string;
  /** Of a view: the tables whose rows it shows. */
  readonly through?: readonly { readonly table: string; readonly rows: "every" | "some" }[];
}

/**
 * `own` is to alter and drop an object and to grant on it, `grant` to hand a privilege on, `download` to read a public bucket's files by
 * their URL, `subscribe` to hear the changes of a table over Realtime, `become` to act as another role, and `bypass` to be asked by no policy.
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

/** Policies by name, and what they ask. */
export function askedBy(policies: readonly AskedPolicy[]): Pick<ReachFact, "policies" | "conditions"> {
  if (policies.length === 0) return {};
  const conditions = policies.map(({ permissive, conditions: [existing = "", written = existing] }) => {
    const both = written === existing ? existing : `${existing}; written: ${written}`;
    return permissive ? both : `and ${both}`;
  });
  return { policies: policies.map(({ name }) => name), conditions: [...new Set(conditions)].sort() };
}

/** The table of all buckets' files. */
export const everyFile: ReachedObject = { kind: "table", id: "storage.objects" };

/** Whether a role is what anybody on the internet acts as. */
export function isForEverybody(role: string): boolean {
  return role === "public" || role === "anon";
}
