import { quoteRole } from "../sql/quote.ts";

/** The roles that may execute a function, in addition to its owner. */
export interface Executors {
  readonly owner: string;
  readonly execute: readonly string[];
  /** Live only: roles with the grant option for EXECUTE, which can't be declared. */
  readonly executeWithGrantOption?: readonly string[];
}

/** @param target such as `routine "private"."f"(text)` */
export function planExecute(target: string, live: Executors | undefined, desired: Executors): readonly string[] {
  const lost = (live?.execute ?? []).filter((role) => !desired.execute.includes(role) && role !== desired.owner);
  const gained = desired.execute.filter((role) => !live?.execute.includes(role));
  const canHandOn = live?.executeWithGrantOption ?? [];
  return [
    // A role with the grant option may have granted EXECUTE to others, so those grants are revoked too.
    ...canHandOn.map((role) => `revoke grant option for execute on ${target} from ${quoteRole(role)} cascade`),
    ...lost.map((role) => `revoke execute on ${target} from ${quoteRole(role)}`),
    ...gained.map((role) => `grant execute on ${target} to ${quoteRole(role)}`),
  ];
}
