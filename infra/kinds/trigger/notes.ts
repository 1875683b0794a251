import type { ReachableFunction } from "../../access/reach/reachable.ts";
import { declarationsOf } from "../../lifecycle/declarations-of.ts";
import type { Note } from "../../lifecycle/kind.ts";
import type { Operation } from "../../lifecycle/operation.ts";
import { listWords } from "../../values/list-words.ts";
import type { TriggerDefinition } from "./definition.ts";

type Trigger = TriggerDefinition & { readonly table: string };

/** What the trigger runs, with whose rights and when, if that changes. */
export async function triggerNotes(
  live: Trigger | undefined,
  desired: Trigger,
  operation: Operation,
): Promise<readonly Note[]> {
  const now = await describe(desired, operation);
  const before = live && (await describe(live, operation));
  if (now === before) return [];
  const until = before === undefined ? "" : `; until now it ${before}`;
  return [{ severity: "info", message: now === undefined ? `no longer ${before}` : now + until }];
}

/** What no longer happens once the trigger is dropped. */
export async function leavingNotes(live: Trigger, operation: Operation): Promise<readonly Note[]> {
  const before = await describe(live, operation);
  return before === undefined ? [] : [{ severity: "info", message: `no longer ${before}` }];
}

async function describe(trigger: Trigger, operation: Operation): Promise<string | undefined> {
  const reachable = await operation.reachable();
  const { functions, roles } = (await declarationsOf(trigger.function, operation))(reachable);
  const bypasses = (role: string) => roles.get(role)?.bypassesRowSecurity ?? false;
  return describeRun(trigger, functions.get(trigger.function), bypasses);
}

/** Undefined: the trigger is disabled. */
function describeRun(
  { table, events, updateOf, forEach, when, enabled, function: signature }: Trigger,
  called: ReachableFunction | undefined,
  bypasses: (role: string) => boolean,
): string | undefined {
  if (enabled === "disabled") return undefined;
  const happenings = events.map((event) => {
    const columns = event === "update" && updateOf !== undefined ? ` in ${listWords(updateOf)}` : "";
    return `${participles[event] ?? event}${columns}`;
  });
  const isTruncation = events.length === 1 && events[0] === "truncate";
  const what = isTruncation ? `${table} is` : forEach === "row" ? `a row of ${table} is` : `rows of ${table} are`;
  const condition = when === undefined ? "" : ", where its condition holds";
  const source = sources[enabled] ?? "";
  const rights = describeRights(called, bypasses);
  return `runs ${signature}${rights} whenever ${what} ${happenings.join(" or ")}${condition}${source}`;
}

/** Empty for a function that a migration has yet to create. */
function describeRights(called: ReachableFunction | undefined, bypasses: (role: string) => boolean): string {
  if (called === undefined) return "";
  if (!called.isSecurityDefiner) return " with the rights of whoever does it";
  const bypass = bypasses(called.owner) ? ", who bypasses row-level security," : "";
  return ` with the rights of its owner ${called.owner}${bypass}`;
}

const participles: Readonly<Record<string, string>> = {
  insert: "inserted",
  update: "updated",
  delete: "deleted",
  truncate: "truncated",
};

/** @see https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-DISABLE-ENABLE-TRIGGER */
const sources: Readonly<Record<string, string>> = {
  replica: ", by replication alone",
  always: ", by replication as well",
};
