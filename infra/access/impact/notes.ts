import { listWords } from "../../values/list-words.ts";
import { tableCommands } from "../reach/extent.ts";
import { isForEverybody, type ReachFact } from "../reach/fact.ts";
import { reachFacts } from "../reach/facts.ts";
import { formatObject, type ReachedObject } from "../reach/finding.ts";
import type { Reachable } from "../reach/reachable.ts";
import { nameRole } from "../roles.ts";
import { isSameChange, type ReachChange, reachChanges } from "./change.ts";
import { describeReading } from "./reading.ts";
import { scopeOf } from "./scope.ts";
import { rankOf } from "./severity.ts";
import { describeColumns, describeContents, describeExtent, describePlace, nameCommand, ownDetail } from "./words.ts";

/** A sentence for the reviewer of a change: `anon and authenticated gain select: every row`. */
export interface ImpactNote {
  readonly severity: "info" | "warning";
  readonly message: string;
}

/** A sentence before roles with the same one are merged. */
export interface Line {
  readonly roles: readonly string[];
  /** The verb for a single role: `gains`. */
  readonly verb: string;
  readonly rest: string;
  /** The severity; undefined if it is no reason for a warning. */
  readonly rank?: number | undefined;
}

/** A sentence that names its objects, for a summary. */
export interface ImpactLine {
  readonly roles: readonly string[];
  /** The verb for a single role: `gains`. */
  readonly verb: string;
  readonly message: string;
  readonly rank?: number | undefined;
}

export interface RankedChange extends ReachChange {
  readonly severity: ImpactNote["severity"];
}

/** How a change affects everybody's access. */
export interface Impact {
  /** The worst first. */
  readonly notes: readonly ImpactNote[];
  readonly lines: readonly ImpactLine[];
  readonly changes: readonly RankedChange[];
}

export const noImpact: Impact = { notes: [], lines: [], changes: [] };

/**
 * Who gains, loses or keeps which access; unchanged access is left out. Both states need their conditions in the
 * server's words.
 * @param subjects the objects that the notes are about, which the notes need not name
 */
export function impactBetween(before: Reachable, after: Reachable, subjects: readonly ReachedObject[] = []): Impact {
  const { roles, acting, isConcerned } = scopeOf(before, after);
  const [from = [], to = []] = [before, after].map((reachable) =>
    reachFacts(reachable, { roles, all: true, isWanted: isConcerned }),
  );
  const changes = withoutRepetitions(reachChanges(from, to)).filter(
    (change) => !isMaker(change, { before, after, roles: acting }),
  );
  const own = new Set(subjects.map(formatObject));
  const isOwn = (object: ReachedObject) => own.has(formatObject(object));
  const describe = (isSubject: (object: ReachedObject) => boolean) =>
    mergeRoles(
      roles.flatMap((role) => [
        ...describeChanges(
          changes
            .filter((change) => change.role === role)
            .sort((left, right) => Number(isOwn(right.object)) - Number(isOwn(left.object))),
          { before, after, isSubject },
        ),
        ...describeReading(role, { before, after, from, to, isSubject }),
      ]),
    )
      .sort((left, right) => weightOf(left) - weightOf(right))
      .map((line) => ({ ...line, message: formatLine(line) }));
  return {
    notes: describe(isOwn).map(({ rank, message }) => ({ severity: severityOf(rank), message })),
    lines: describe(() => false).map(({ roles: whom, verb, message, rank }) => ({ roles: whom, verb, message, rank })),
    changes: changes.map((change) => ({ ...change, severity: severityOf(rankOf(change, after)) })),
  };
}

function severityOf(rank: number | undefined): ImpactNote["severity"] {
  return rank === undefined ? "info" : "warning";
}

/** Drops changes of single roles that are the same as one for everybody. */
function withoutRepetitions(changes: readonly ReachChange[]): readonly ReachChange[] {
  const ofAll = changes.filter(({ role }) => role === "public");
  return changes.filter((change) => change.role === "public" || !ofAll.some((other) => isSameChange(other, change)));
}

/** Whoever creates an object owns it, which needs no mention unless requests act as that role. */
function isMaker(
  { role, object, before: earlier, after: later }: ReachChange,
  {
    before,
    after,
    roles,
  }: { readonly before: Reachable; readonly after: Reachable; readonly roles: readonly string[] },
): boolean {
  if (earlier !== undefined || later === undefined || roles.includes(role)) return false;
  const ownerIn = ({ relations, functions, schemas }: Reachable) =>
    [relations, functions, schemas].map((named) => named.get(object.id)?.owner).find((owner) => owner !== undefined);
  return ownerIn(before) === undefined && ownerIn(after) === role;
}

interface Place {
  readonly before: Reachable;
  readonly after: Reachable;
  readonly isSubject: (object: ReachedObject) => boolean;
}

/** Describes how one role's access changes. Commands with the same change share a line. */
function describeChanges(changes: readonly ReachChange[], place: Place): readonly Line[] {
  const owning = changes.filter(({ command }) => command === "own");
  const grouped = new Map<string, Described & { readonly commands: readonly string[] }>();
  for (const change of changes) {
    if (change.command !== "own" && owning.some((each) => isPartOf(change, each))) continue;
    if (comesWithUsage(change, changes, place)) continue;
    const found = describeChange(change, changes, place);
    if (found === undefined) continue;
    const { command, verb, detail, rank } = found;
    const key = JSON.stringify([verb, found.place, detail, rank === undefined, command.startsWith(grantOption)]);
    const known = grouped.get(key);
    const worst = rank === undefined ? undefined : Math.min(rank, known?.rank ?? rank);
    grouped.set(key, { ...found, rank: worst, commands: [...(known?.commands ?? []), command] });
  }
  return [...grouped.values()].map(({ roles, verb, rank, commands, place: at, detail }) => ({
    ...{ roles, verb, rank },
    rest: `${joinCommands(commands)}${at}${detail === "" ? "" : `: ${detail}`}`,
  }));
}

const grantOption = "the grant option for ";

function joinCommands(commands: readonly string[]): string {
  const isGrant = commands[0]?.startsWith(grantOption) ?? false;
  if (!isGrant) return commands.join(", ");
  return grantOption + commands.map((command) => command.slice(grantOption.length)).join(", ");
}

/** Whether ownership includes this access anyway. */
function isPartOf({ object, command, after }: ReachChange, owning: ReachChange): boolean {
  if (formatObject(object) !== formatObject(owning.object)) return false;
  if ((after === undefined) !== (owning.after === undefined)) return false;
  return command === "grant" || (tableCommands as readonly string[]).includes(command);
}

interface Described extends Omit<Line, "rest"> {
  readonly command: string;
  readonly place: string;
  readonly detail: string;
}

function describeChange(change: ReachChange, all: readonly ReachChange[], place: Place): Described | undefined {
  const { after: reachable, isSubject } = place;
  const { role, object, command, privilege, before, after } = change;
  const bypasses = (name: string) => reachable.roles.get(name)?.bypassesRowSecurity ?? false;
  const extent = (fact: ReachFact) => describeExtent(fact, bypasses);
  const along = command === "usage" ? all.filter((each) => comesWith(each, change, place)) : [];
  const ranks = [change, ...along].flatMap((each) => rankOf(each, reachable) ?? []);
  const base = {
    roles: [role],
    rank: ranks.length === 0 ? undefined : Math.min(...ranks),
    place: describePlace(object, command, isSubject(object)),
  };
  const isOnColumns = command === "grant" || (tableCommands as readonly string[]).includes(command);
  if (isOnColumns) {
    const [held, reached] = [before, after].map((fact) => fact && (fact.columns ?? true));
    const gained = columnsBeyond(held, reached);
    const lost = columnsBeyond(reached, held);
    const columns = gained ?? lost;
    if (columns === undefined) return undefined;
    const named = command === "grant" ? `${grantOption}${privilege ?? ""}` : command;
    const detail = command === "grant" ? "granting it to any role" : extent((after ?? before) as ReachFact);
    return {
      ...base,
      verb: gained === undefined ? "loses" : "gains",
      command: named + describeColumns(columns),
      detail,
    };
  }
  const named = nameCommand(command);
  const detailOf = (fact: ReachFact) => {
    if (command === "own") return ownDetailWith(change, all);
    if (command !== "usage" || object.kind !== "schema") return extent(fact);
    return describeContents(along);
  };
  if (after === undefined) {
    const was = before?.rows === undefined ? "" : "was ";
    return { ...base, verb: "loses", command: named, detail: was + detailOf(before as ReachFact) };
  }
  if (before === undefined) return { ...base, verb: "gains", command: named, detail: detailOf(after) };
  const [from, to] = [extent(before), extent(after)];
  return {
    ...base,
    verb: "keeps",
    command: named,
    detail: from === to ? `${to}, with other conditions` : `${to} instead of ${from}`,
  };
}

/** Whether the change is caused by USAGE on the schema. */
function comesWithUsage(change: ReachChange, all: readonly ReachChange[], place: Place): boolean {
  return all.some(
    (each) => each.command === "usage" && each.object.kind === "schema" && comesWith(change, each, place),
  );
}

function comesWith(change: ReachChange, usage: ReachChange, { before, after }: Place): boolean {
  const { id } = change.object;
  if (change === usage || (change.after === undefined) !== (usage.after === undefined)) return false;
  const objects = [after.relations, after.functions, before.relations, before.functions];
  return objects.some((each) => each.get(id)?.schema === usage.object.id);
}

/** Access that comes with ownership is mentioned along with it. */
function ownDetailWith(owning: ReachChange, all: readonly ReachChange[]): string {
  const along = ["truncate", "trigger", "references"].filter((command) =>
    all.some((change) => change.command === command && isPartOf(change, owning)),
  );
  return [ownDetail(owning.object), ...along].join(", ");
}

/** The columns held in addition to others. Undefined: none; an empty list: the whole object. */
function columnsBeyond(
  one: true | readonly string[] | undefined = [],
  other: true | readonly string[] | undefined = [],
): readonly string[] | undefined {
  if (one === true) return undefined;
  if (other === true) return [];
  const beyond = other.filter((column) => !one.includes(column));
  return beyond.length === 0 ? undefined : beyond;
}

function mergeRoles(lines: readonly Line[]): Line[] {
  const merged = new Map<string, Line>();
  for (const line of lines) {
    const key = JSON.stringify([line.verb, line.rest, line.rank]);
    const known = merged.get(key);
    merged.set(key, known === undefined ? line : { ...known, roles: [...new Set([...known.roles, ...line.roles])] });
  }
  return [...merged.values()];
}

/** The worst first, and what anybody on the internet can do before what needs a login. */
function weightOf({ rank, roles }: Line): number {
  return rank === undefined ? Number.MAX_SAFE_INTEGER : rank * 2 + (roles.some(isForEverybody) ? 0 : 1);
}

function formatLine({ roles, verb, rest }: Line): string {
  return `${listWords(roles.map(nameRole))} ${roles.length === 1 ? verb : (plurals[verb] ?? verb)} ${rest}`;
}

const plurals: Readonly<Record<string, string>> = {
  gains: "gain",
  loses: "lose",
  keeps: "keep",
  reaches: "reach",
  "is refused": "are refused",
};
