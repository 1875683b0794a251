import { isEqual } from "../../values/properties.ts";
import { everyFile, type ReachFact } from "../reach/fact.ts";

/** How the access of one role to one object by one command changes. */
export interface ReachChange extends Pick<ReachFact, "role" | "object" | "command" | "privilege"> {
  /** Absent: it had none. */
  readonly before?: ReachFact;
  /** Absent: it has none any more. */
  readonly after?: ReachFact;
}

/**
 * The differences between two states. How a role comes by its access, and the names of policies, are no difference.
 * Conditions are compared as texts, so both states have to be in the server's words.
 */
export function reachChanges(before: readonly ReachFact[], after: readonly ReachFact[]): readonly ReachChange[] {
  const [earlier, later] = [byKey(before), byKey(after)];
  const facts = new Map([...later, ...[...earlier].filter(([key]) => !later.has(key))]);
  return [...facts].flatMap(([key, fact]): readonly ReachChange[] => {
    const wider = keyOfEveryFile(fact);
    const [from, to] = [earlier, later].map((known) => known.get(key) ?? known.get(wider));
    if (from !== undefined && to !== undefined && isSameReach(from, to)) return [];
    return [{ ...whatOf(fact), ...(from && { before: from }), ...(to && { after: to }) }];
  });
}

function byKey(facts: readonly ReachFact[]): ReadonlyMap<string, ReachFact> {
  return new Map(facts.map((fact) => [keyOf(fact), fact]));
}

/** The key for all buckets' files, which a fact about one bucket's files falls back to. */
function keyOfEveryFile({ role, object, command }: ReachFact): string {
  return object.kind === "bucket" ? keyOf({ role, object: everyFile, command }) : "";
}

/** Whether two changes differ only in the role. */
export function isSameChange(left: ReachChange, right: ReachChange): boolean {
  const isSame = (one: ReachFact | undefined, other: ReachFact | undefined) =>
    one === undefined || other === undefined ? one === other : isSameReach(one, other);
  return (
    keyOf({ ...left, role: "" }) === keyOf({ ...right, role: "" }) &&
    isSame(left.before, right.before) &&
    isSame(left.after, right.after)
  );
}

function whatOf({ role, object, command, privilege }: ReachFact) {
  return { role, object, command, ...(privilege === undefined ? {} : { privilege }) };
}

function keyOf({ role, object, command, privilege }: Omit<ReachChange, "before" | "after">): string {
  return JSON.stringify([role, object.kind, object.id, command, privilege]);
}

function isSameReach(left: ReachFact, right: ReachFact): boolean {
  const reached = ({ role, rows, columns, conditions, as, through }: ReachFact) => ({
    ...{ rows: rows ?? "", columns: columns ?? true, conditions: conditions ?? [] },
    // The caller, who is a different role in each fact.
    as: as === role ? "" : (as ?? ""),
    through: (through ?? []).map(({ table, rows: shown }) => `${shown} ${table}`).sort(),
  });
  return isEqual(reached(left), reached(right));
}
