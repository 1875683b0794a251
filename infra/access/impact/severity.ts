import { isForEverybody, type ReachFact } from "../reach/fact.ts";
import type { Reachable } from "../reach/reachable.ts";
import type { ReachChange } from "./change.ts";

/** How bad the change would be if it were unintended; lower is worse. Undefined: it deserves no warning. */
export function rankOf(change: ReachChange, { roles }: Reachable): number | undefined {
  const { role, command, before, after } = change;
  if (after === undefined) return undefined;
  if (command === "bypass" || command === "become") return 0;
  // Such a role is meant to have the access.
  if (roles.get(role)?.bypassesRowSecurity) return undefined;
  if (before !== undefined) return isOpened(before, after) ? rankOfCommand(command) : undefined;
  if (command === "own") return 1;
  if (["truncate", "trigger", "create", "download"].includes(command)) return rankOfCommand(command);
  if (reachesEvery(after)) return rankOfCommand(command);
  if (after.way === "default privileges") return 3;
  if (!isForEverybody(role)) return undefined;
  if (command === "execute") return after.as === role ? undefined : 2;
  return after.rows === undefined ? undefined : 4;
}

/** Whether more rows are reached than before, or somebody else's rights are used. */
function isOpened(before: ReachFact, after: ReachFact): boolean {
  if (after.command === "execute") return after.as !== after.role && after.as !== before.as;
  return reachesEvery(after) && !reachesEvery(before);
}

/** For a view, the rows of its tables count. */
function reachesEvery({ rows, through }: ReachFact): boolean {
  return through === undefined ? rows === "every" : through.some((reached) => reached.rows === "every");
}

function rankOfCommand(command: string): number {
  return command === "select" || command === "subscribe" || command === "download" ? 3 : 2;
}
