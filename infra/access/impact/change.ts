import { isEqual } from "../../values/properties.ts";
import { everyFile, type ReachFact } from "../reach/fact.ts";

/** What becomes of what one role may do with one object by one command. */
export interface ReachChange extends Pick<ReachFact, "role" | "object" | "command" | "privilege"> {
  /** Absent: it could not. */
  readonly before?: ReachFact;
  /** Absent: it can't any more. */
  readonly after?: ReachFact;
}

/**
 * What differs between two states. How a role comes by what it reaches, and what policies are called, is no difference; conditions are
 * compared by their texts, so both states have to be in the server's words.
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

/** Of what is said of one bucket's files: what is said of any bucket's. */
function keyOfEveryFile({ role, object, command }: ReachFact): string {
  return object.kind === "bucket" ? keyOf({ role, object: everyFile, command }) : "";
}

/** Whether two changes are the same but for the role. */
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
    // Whoever asks is the same for each role.
    as: as === role ? "" : (as ?? ""),
    through: (through ?? []).map(({ table, rows: shown }) => `${shown} ${table}`).sort(),
  });
  return isEqual(reached(left), reached(right));
}
