import { quoteRole } from "../sql/quote.ts";

/** Who may execute a function, besides its owner. */
export interface Executors {
  readonly owner: string;
  readonly execute: readonly string[];
  /** Live only: roles that may hand EXECUTE on, which no declaration here asks for. */
  readonly executeWithGrantOption?: readonly string[];
}

/** @param target such as `routine "private"."f"(text)` */
export function planExecute(target: string, live: Executors | undefined, desired: Executors): readonly string[] {
  const lost = (live?.execute ?? []).filter((role) => !desired.execute.includes(role) && role !== desired.owner);
  const gained = desired.execute.filter((role) => !live?.execute.includes(role));
  const canHandOn = live?.executeWithGrantOption ?? [];
  return [
    // Whoever could hand the right on may have done so: what that role granted goes with it.
    ...canHandOn.map((role) => `revoke grant option for execute on ${target} from ${quoteRole(role)} cascade`),
    ...lost.map((role) => `revoke execute on ${target} from ${quoteRole(role)}`),
    ...gained.map((role) => `grant execute on ${target} to ${quoteRole(role)}`),
  ];
}
