import type { Attempt, Outcome } from "./attempt.ts";
import { type Expectation, expectationOf, type Judged, judge } from "./judge.ts";

/** Compares the outcomes with what is declared, and with what follows from tenancy. */
export function judgeAll(outcomes: readonly Outcome[]): readonly Judged[] {
  const updatable = new Set(
    outcomes.filter(({ attempt, isReached }) => isReached && attempt.command === "update").map(rowKey),
  );
  return outcomes.map((outcome) => {
    const { attempt } = outcome;
    const expected = expectedOf(attempt);
    // "May update" means that some part of the row may be changed; `columns` says which columns.
    const isOpen =
      expected.may === true &&
      attempt.command === "update" &&
      attempt.written !== undefined &&
      attempt.rules.columns === undefined;
    return judge(outcome, isOpen && updatable.has(rowKey(outcome)) ? { may: undefined, by: "declaration" } : expected);
  });
}

function rowKey({ attempt: { person, object, row } }: Outcome): string {
  return JSON.stringify([person.name, object, row.values]);
}

function expectedOf(attempt: Attempt): Expectation {
  const { command, written = {}, person, rules, column } = attempt;
  const { columns, reads } = rules;
  if (column !== undefined && person.databaseRole !== "service_role") {
    if (reads !== undefined && !reads.includes(column)) return { may: false, by: "declaration" };
    const expected = expectationOf(attempt);
    // "May select" means that some column of the row may be read.
    return reads === undefined && expected.may ? { may: undefined, by: "declaration" } : expected;
  }
  if (command === "update" && columns !== undefined && person.databaseRole !== "service_role") {
    const isListed = Object.keys(written).every((column) => columns.includes(column));
    if (!isListed) return { may: false, by: "declaration" };
  }
  return expectationOf(attempt);
}
