import type { Reachable } from "../../access/reach/reachable.ts";

/** One change of what decides who may do what. */
export interface Mutation {
  /** The same in every run, and read by people: `policy tasks_select of public.tasks: true for "…"`. */
  readonly name: string;
  /** The table, view or function that it is about. */
  readonly object: string;
  readonly kind: "policy" | "privilege" | "flag" | "function";
  /** The commands on the table that it concerns. Default: all. */
  readonly commands?: readonly string[];
  /** The database roles whose requests it can concern; `public`: all. Default: all. */
  readonly roles?: readonly string[];
  readonly statements: readonly string[];
  /** Of a policy: its conditions as they were. */
  readonly conditions?: string;
  /** The rights, policies and flags as they are then. */
  readonly reachable: Reachable;
  /** Of a function that works otherwise: how. */
  readonly meaning?: string;
}
