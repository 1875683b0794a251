import { everyFile, type ReachFact } from "../reach/fact.ts";
import { formatObject, type ReachedObject } from "../reach/finding.ts";
import { kindOf, type Reachable } from "../reach/reachable.ts";
import { Rights } from "../reach/rights.ts";
import type { Line } from "./notes.ts";
import { describePlace } from "./words.ts";

interface Comparison {
  readonly before: Reachable;
  readonly after: Reachable;
  readonly from: readonly ReachFact[];
  readonly to: readonly ReachFact[];
  /** Whether the lines are about this object anyway, so that they need not name it. */
  readonly isSubject: (object: ReachedObject) => boolean;
}

/**
 * Reports rows that can be changed but not selected. A WHERE or RETURNING that reads a column also applies the policies
 * for SELECT, so it finds nothing; without the SELECT privilege it is refused.
 * @see https://www.postgresql.org/docs/current/sql-createpolicy.html (policies applied by command type)
 */
export function describeReading(role: string, { before, after, from, to, isSubject }: Comparison): readonly Line[] {
  // A role may have what everybody lacks.
  if (role === "public") return [];
  const tables = new Set(
    [...from, ...to].filter((fact) => fact.role === role && isChange(fact)).map(({ object }) => object.id),
  );
  return [...tables].flatMap((id) => {
    const [earlier, later] = [readingOf(role, id, before, from), readingOf(role, id, after, to)];
    const blind = ({ changeable, canSelect }: Reading) => (canSelect ? [] : changeable);
    const lost = blind(later).filter(
      (command) => !blind(earlier).includes(command) || earlier.isGranted !== later.isGranted,
    );
    const gained = blind(earlier).filter((command) => later.canSelect && later.changeable.includes(command));
    const [verb, reached] = later.isGranted ? ["reaches", "no row by "] : ["is refused", ""];
    const lines: Line[] = [];
    const roles = [role];
    const describe = (commands: readonly string[]) =>
      `${commands.join(", ")}${describePlace({ kind: "table", id }, "select", isSubject({ kind: "table", id }))}`;
    if (lost.length > 0) {
      lines.push({ roles, verb, rest: `${reached}${describe(lost)} where columns are read: select is missing` });
    }
    if (gained.length > 0) {
      const rest = `rows by ${describe(gained)} where columns are read: select is there now`;
      lines.push({ roles, verb: "reaches", rest });
    }
    return lines;
  });
}

interface Reading {
  readonly changeable: readonly string[];
  readonly canSelect: boolean;
  readonly isGranted: boolean;
}

function readingOf(role: string, id: string, reachable: Reachable, facts: readonly ReachFact[]): Reading {
  const relation = reachable.relations.get(id);
  if (relation === undefined) return { changeable: [], canSelect: false, isGranted: false };
  const object = formatObject({ kind: kindOf(relation), id });
  const own = facts.filter((fact) => fact.role === role && formatObject(fact.object) === object);
  return {
    changeable: own.filter(isChange).map(({ command }) => command),
    canSelect: own.some(({ command }) => command === "select"),
    isGranted: new Rights(role, reachable).holds(relation, "select") !== undefined,
  };
}

function isChange({ command, object }: ReachFact): boolean {
  return (command === "update" || command === "delete") && object.kind === "table" && object.id !== everyFile.id;
}
