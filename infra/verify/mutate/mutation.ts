import type { Reachable } from "../../access/reach/reachable.ts";

/** One change to something that decides who may do what. */
export interface Mutation {
  /** The same in every run, and readable: `policy tasks_select of public.tasks: true for "…"`. */
  readonly name: string;
  /** The table, view or function that is mutated. */
  readonly object: string;
  readonly kind: "policy" | "privilege" | "flag" | "function";
  /** The commands on the table that it affects. Default: all. */
  readonly commands?: readonly string[];
  /** The database roles whose requests it can affect; `public` means all. Default: all. */
  readonly roles?: readonly string[];
  readonly statements: readonly string[];
  /** For a policy: its original conditions. */
  readonly conditions?: string;
  /** The rights, policies and flags after the mutation. */
  readonly reachable: Reachable;
  /** For a function with a changed body: its meaning, to compare. */
  readonly meaning?: string;
}
