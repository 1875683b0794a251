import type { Session } from "../database/database.ts";
import type { Outcome } from "./attempt.ts";
import { runTries } from "./run-tries.ts";
import { changedTables } from "./watch.ts";

/** The rows that statements changed without naming them, as separate outcomes. */
export async function findSideEffects(session: Session, outcomes: readonly Outcome[]): Promise<readonly Outcome[]> {
  // Attempts that share a statement share its side effects, too.
  const byStatement = new Map(outcomes.map((outcome) => [outcome.attempt.statement, outcome]));
  const watched = [...byStatement.values()].filter(({ answer }) => answer.watched !== undefined);
  const queries = [...new Set(watched.map(({ attempt }) => attempt.statement.watch ?? ""))];
  const before = await runTries(
    session,
    queries.map((sql) => ({ role: "none", settings: {}, answers: true, sql })),
  );
  const known = new Map(queries.map((query, index) => [query, before[index]?.text ?? ""]));
  return watched.flatMap(({ attempt, answer }): Outcome[] => {
    const tables = changedTables(known.get(attempt.statement.watch ?? "") ?? "", answer.watched ?? "");
    return tables.map((table) => ({
      attempt: {
        ...attempt,
        row: { table, tenant: "another", values: {} },
        what: `changes rows of ${table} behind it`,
        rules: { may: {}, stays: true },
        isSideEffect: true,
      },
      isReached: true,
      answer,
    }));
  });
}
