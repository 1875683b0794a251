import type { Session } from "../database/database.ts";
import { formatQualified } from "../sql/quote.ts";
import { relationOf, relationWords } from "./attempt.ts";
import { findCauses } from "./causes.ts";
import type { LiveTrigger } from "./external-effects.ts";
import { groupBy } from "./group-by.ts";
import type { Judged } from "./judge.ts";
import type { MadeFile } from "./made-files.ts";
import {
  type Advice,
  type Failure,
  type Findings,
  findingsOf,
  matrixOf,
  type NotTried,
  type Report,
} from "./report.ts";
import type { RewriteRule } from "./rewrite-rules.ts";
import type { ReachableRights } from "./rights.ts";
import type { NotMade } from "./rows/made-rows.ts";
import { rowsScript } from "./rows-script.ts";
import { describeStatement } from "./run-tries.ts";
import { joinFindings, standingAccess } from "./standing-access.ts";
import type { TestData } from "./test-data.ts";
import { unprovenOf } from "./unproven.ts";

export interface ReportContext {
  readonly testData: TestData;
  readonly rights: ReachableRights;
  readonly triggers: readonly LiveTrigger[];
  readonly rewrites: readonly RewriteRule[];
  readonly files: readonly MadeFile[];
  /** What could be ruled out before the first attempt. */
  readonly notTried: readonly NotTried[];
  readonly advice: readonly Advice[];
  readonly rowsFile?: string;
}

/** Sums up the judged outcomes, and finds the cause of each failure. */
export async function reportOf(session: Session, judged: readonly Judged[], context: ReportContext): Promise<Report> {
  const { testData, rights, files, rowsFile } = context;
  const { notMade } = testData;
  const failed = judged.filter(({ verdict }) => verdict === "failed");
  const causes = await findCauses(
    session,
    failed.filter(({ isReached }) => isReached).map(({ attempt }) => attempt),
    rights,
    context,
  );
  const count = (verdict: Judged["verdict"]) => judged.filter((each) => each.verdict === verdict).length;
  const standing = standingAccess(rights.reachable);
  const unmet = [...context.notTried, ...unprovenOf(judged, testData, rights)];
  const notTried = merged([...notMade.map(notMadeOf), ...unmet, ...notTriedOf(judged)]);
  return {
    counts: {
      asExpected: count("as expected"),
      failed: failed.length,
      found: count("found") + linesIn(standing),
      notTried: count("not tried") + notMade.length + unmet.length,
    },
    failures: failed.map((each) => failureOf(each, causes.get(each.attempt), rowsFile)),
    ...(failed.length === 0 ? {} : { rows: rowsScript(testData, files) }),
    found: joinFindings(findingsOf(judged), standing),
    notTried,
    matrix: matrixOf(judged),
    advice: context.advice,
  };
}

function linesIn(findings: Findings): number {
  return Object.values(findings).flatMap((kinds) => Object.values(kinds).flat()).length;
}

function failureOf(
  { attempt, isReached, answer, expected }: Judged,
  because: string | undefined,
  rowsFile: string | undefined,
): Failure {
  const { object, person, command, what, row, statement, shown } = attempt;
  const stays = command === "move" || command === "point";
  const tenancy = stays ? "it stays where it belongs, and points to nobody else's" : "it is another tenant's";
  const by = expected.by === "tenancy" ? tenancy : "the declaration says so";
  const problem = isReached
    ? `is let through, and must not be: ${by}${answer.isBlind ? " (without reading the row)" : ""}`
    : `is refused, and must not be (${answer.message ?? "no rows"})`;
  const sql = shown ?? (answer.isBlind ? statement.blind?.sql : undefined) ?? statement.sql;
  return {
    ...{ object, person: person.name, kind: person.kind, command, problem },
    ...(what === undefined ? {} : { what }),
    row: `${relationWords[relationOf(person, row)]}${row.tenant === undefined ? "" : ` (${row.tenant})`}`,
    ...(because === undefined || because === "" ? {} : { because }),
    statement: describeStatement({ ...statement, sql }, rowsFile, answer.isBlind),
  };
}

function notTriedOf(judged: readonly Judged[]): readonly NotTried[] {
  return judged.flatMap(({ attempt: { object, person, command }, verdict, notTried, answer }) =>
    verdict === "not tried"
      ? [{ object, person: person.kind, command, reason: notTried ?? answer.message ?? "", count: 1 }]
      : [],
  );
}

/** Merges equal lines, adding up their counts. */
function merged(lines: readonly NotTried[]): readonly NotTried[] {
  const groups = groupBy(lines, ({ count: _, ...line }) => JSON.stringify(line));
  return [...groups.values()].map((same) => ({
    ...(same[0] as NotTried),
    count: same.reduce((sum, { count }) => sum + count, 0),
  }));
}

function notMadeOf({ table, tenant, reason, advice, isDraft }: NotMade): NotTried {
  const whose = tenant === undefined ? "" : ` of tenant ${tenant}`;
  const what = isDraft ? "no row to be inserted" : "no row";
  return { object: formatQualified(table), reason: `${what}${whose} could be made: ${reason}; ${advice}`, count: 1 };
}
