import { type Command, relationOf, relationWords } from "./attempt.ts";
import { groupBy } from "./group-by.ts";
import type { Judged } from "./judge.ts";

/** The result, in the shape of `--json` and of the file of accepted findings. */
export interface Report {
  /** The number of attempts for each verdict. */
  readonly counts: {
    readonly asExpected: number;
    readonly failed: number;
    readonly found: number;
    readonly notTried: number;
  };
  readonly failures: readonly Failure[];
  /**
   * Access that nothing is declared about, by object and kind of person, such as `select any`, `update their own: name,
   * title`.
   */
  readonly found: Findings;
  /** Attempts that prove nothing, and why. */
  readonly notTried: readonly NotTried[];
  readonly matrix: Matrix;
  /** What will be slow once there are many rows. Never a failure. */
  readonly advice: readonly Advice[];
  /** The test rows as SQL, including those that the failures' statements refer to. Absent if nothing failed. */
  readonly rows?: string;
}

/**
 * Why a run without failures still does not prove the declaration: nothing could be tried, or something declared could
 * not.
 */
export function unprovenIn({ counts, notTried }: Pick<Report, "counts" | "notTried">): readonly NotTried[] {
  const isNothing = counts.asExpected + counts.failed + counts.found === 0;
  return [
    ...(isNothing ? [{ object: "the database", reason: "nothing could be tried", count: 1 }] : []),
    ...notTried.filter(({ isStated }) => isStated),
  ];
}

export interface Failure {
  readonly object: string;
  readonly person: string;
  /** The kind of the person, as in the matrix. */
  readonly kind: string;
  readonly command: Command;
  readonly what?: string;
  /** Who owns the row, `their own` or `another's`, and its tenant. */
  readonly row: string;
  /** `may, and should not` or the reverse, with PostgreSQL's message. */
  readonly problem: string;
  /** What let them through. */
  readonly because?: string;
  /** A statement to paste into psql. */
  readonly statement: string;
}

export interface NotTried {
  readonly object: string;
  /** Absent: it applies to everybody. */
  readonly person?: string;
  readonly command?: Command;
  readonly reason: string;
  readonly count: number;
  /** Whether a declaration remains unproven because of it. The command then fails. */
  readonly isStated?: true;
}

export interface Advice {
  /** The table that is read or written. */
  readonly object: string;
  readonly problem: string;
  /** What to write or run instead. */
  readonly remedy: string;
}

export type Findings = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/**
 * By object, then by kind of person: the commands that succeed on their own or their tenant's rows, and on all others.
 */
export interface Matrix {
  readonly kinds: readonly string[];
  readonly rows: readonly { readonly object: string; readonly cells: readonly MatrixCell[] }[];
}

export interface MatrixCell {
  /** Commands that succeed on rows of their own or their tenant. */
  readonly own: readonly Command[];
  /** Commands that succeed on rows of others, or of nobody. */
  readonly all: readonly Command[];
  readonly failed: boolean;
  readonly notTried: boolean;
}

export function matrixOf(judged: readonly Judged[]): Matrix {
  const kinds = [...new Set(judged.map(({ attempt }) => attempt.person.kind))];
  const objects = [...new Set(judged.map(({ attempt }) => attempt.object))];
  const groups = groupBy(judged, ({ attempt }) => JSON.stringify([attempt.object, attempt.person.kind]));
  return {
    kinds,
    rows: objects.map((object) => ({
      object,
      cells: kinds.map((kind) => cellOf(groups.get(JSON.stringify([object, kind])) ?? [])),
    })),
  };
}

function cellOf(judged: readonly Judged[]): MatrixCell {
  const reached = judged.filter(({ isReached }) => isReached);
  const commandsWhere = (isWanted: (each: Judged) => boolean) => [
    ...new Set(reached.filter(isWanted).map(({ attempt }) => attempt.command)),
  ];
  const isOthers = ({ attempt: { person, row } }: Judged) => ["other", "any"].includes(relationOf(person, row));
  return {
    own: commandsWhere((each) => !isOthers(each)),
    all: commandsWhere(isOthers),
    failed: judged.some(({ verdict }) => verdict === "failed"),
    notTried: judged.some(({ verdict }) => verdict === "not tried"),
  };
}

/** What was reached without being declared, as lines that are the same in every run. */
export function findingsOf(judged: readonly Judged[]): Findings {
  const lines = new Map<string, Map<string, Map<string, Set<string>>>>();
  for (const { attempt, isReached, verdict } of judged) {
    if (verdict !== "found" || !isReached) continue;
    const { object, person, command, row, what } = attempt;
    const kinds = getOrAdd(lines, object, () => new Map<string, Map<string, Set<string>>>());
    const found = getOrAdd(kinds, person.kind, () => new Map<string, Set<string>>());
    const whats = getOrAdd(found, `${command} ${relationWords[relationOf(person, row)]}`, () => new Set<string>());
    if (what !== undefined) whats.add(what);
  }
  return sorted(lines, (kinds) =>
    sorted(kinds, (found) =>
      [...found].map(([line, whats]) => (whats.size === 0 ? line : `${line}: ${[...whats].sort().join(", ")}`)).sort(),
    ),
  );
}

function getOrAdd<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const value = map.get(key) ?? make();
  map.set(key, value);
  return value;
}

function sorted<Value, Result>(
  map: ReadonlyMap<string, Value>,
  change: (value: Value) => Result,
): Record<string, Result> {
  const entries = [...map].sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(entries.map(([key, value]) => [key, change(value)]));
}
