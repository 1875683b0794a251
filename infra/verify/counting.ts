import { tablesBehind } from "../access/reach/extent.ts";
import type { Relation } from "../access/reach/reachable.ts";
import type { Session } from "../database/database.ts";
import { formatQualified, quoteLiteral, quoteQualified } from "../sql/quote.ts";
import { type Actor, tenantNames } from "./actors.ts";
import type { Outcome } from "./attempt.ts";
import { argumentsFor, callOf } from "./function-arguments.ts";
import { insertion, whereKey } from "./row-sql.ts";
import { type Answer, runTries, type Statement } from "./run-tries.ts";
import type { TestData } from "./test-data.ts";
import { apiRoles, type Trial } from "./trial.ts";
import { reachedViews, textOf } from "./view-attempts.ts";
import { isMemberOf, type Row } from "./who.ts";

/** A result that may count or sum up rows of a tenant. */
interface Question {
  readonly person: Actor;
  readonly object: string;
  readonly command: "select" | "execute";
  readonly tenant: string;
  readonly rules: Outcome["attempt"]["rules"];
  readonly statement: Statement;
  /** The statements that change that tenant's rows. */
  readonly changes: readonly string[];
}

/**
 * What somebody learns about another tenant's rows without seeing any: a count, a sum. The result of a view or a
 * function is compared with the result after that tenant gained rows, and after it lost all of them.
 */
export async function outcomesOfCounting(
  session: Session,
  trial: Trial,
  outcomes: readonly Outcome[],
): Promise<readonly Outcome[]> {
  // If the rows themselves are visible, that is reported already.
  const shown = new Set(outcomes.filter(({ isReached }) => isReached).map(({ attempt }) => keyOf(attempt)));
  const questions = questionsIn(trial).filter(({ tenant, ...each }) => !shown.has(keyOf({ ...each, row: { tenant } })));
  // Asked twice: a result that differs without any change proves nothing.
  const statements = questions.flatMap(({ statement, changes }) => [
    ...[statement, { ...statement }],
    ...changes.map((before) => ({ ...statement, before })),
  ]);
  const answers = await runTries(session, statements);
  let position = 0;
  return questions.flatMap(({ person, object, command, rules, tenant, statement, changes }): readonly Outcome[] => {
    const own = answers.slice(position, position + 2 + changes.length);
    position += own.length;
    const answer = differing(own);
    if (answer === undefined) return [];
    const row: Row = { table: object, tenant, values: {} };
    const what = "counts their rows";
    return [{ attempt: { person, object, command, rules, row, what, statement }, isReached: true, answer }];
  });
}

function keyOf({ person, object, row }: { person: Actor; object: string; row: { tenant?: string } }): string {
  return JSON.stringify([person.name, object, row.tenant]);
}

/** The answer that differs after a change, provided that two answers without a change are the same. */
export function differing([first, second, ...changed]: readonly Answer[]): Answer | undefined {
  if (first?.text === undefined || first.text !== second?.text) return undefined;
  return changed.find(({ text }) => text !== undefined && text !== first.text);
}

function questionsIn({ testData, rights, called }: Trial): readonly Question[] {
  const views = reachedViews(rights, apiRoles).filter(({ kind }) => kind === "v");
  const askers = testData.actors.filter(({ isSilent, databaseRole }) => !isSilent && databaseRole !== "service_role");
  return askers.flatMap((person) =>
    tenantNames
      .filter((tenant) => !isMemberOf(person, tenant))
      .flatMap((tenant): readonly Question[] => {
        const asker = { ...testData.askerOf(person), answers: true };
        const base = { person, tenant };
        return [
          ...views.map((view): Question => {
            const object = formatQualified(view);
            const sql = digestOf(textOf(view, person.databaseRole, rights), `${quoteQualified(view)} as v`);
            const changes = changesOf(testData, tenant, tablesOf(view, person.databaseRole, rights.reachable));
            const rules = { may: testData.plan.mayOf(object), stays: true };
            return { ...base, object, command: "select", rules, statement: { ...asker, sql }, changes };
          }),
          ...called
            .filter(({ isProcedure }) => !isProcedure)
            .map((each): Question => {
              const sql = digestOf("f::text", `${callOf(each, argumentsFor(each, tenant, testData)[0] ?? [])} as f`);
              const rules = { may: {}, stays: true };
              const changes = changesOf(testData, tenant);
              return {
                ...base,
                object: each.signature,
                command: "execute",
                rules,
                statement: { ...asker, sql },
                changes,
              };
            }),
        ];
      }),
  );
}

/** A query that hashes all rows into one short text. */
export function digestOf(text: string, from: string): string {
  return `select md5(coalesce(string_agg(seen.told, ',' order by seen.told), '')) from (select ${text} as told from ${from}) as seen`;
}

/** Undefined: the tables are not known, because a function reads them. */
function tablesOf(
  view: Relation,
  role: string,
  reachable: Trial["rights"]["reachable"],
): ReadonlySet<string> | undefined {
  const tables = tablesBehind(view, role, reachable).map(({ table }) => table);
  return tables.length === 0 ? undefined : new Set(tables);
}

/**
 * Statements that add rows to a tenant, and statements that delete all of its rows. Each runs by itself, and is skipped
 * if a constraint or trigger refuses it.
 */
export function changesOf(testData: TestData, tenant: string, tables?: ReadonlySet<string>): readonly string[] {
  const wanted = testData.plan.tables.filter(({ id, belongs }) => belongs && (tables === undefined || tables.has(id)));
  const further = wanted.flatMap(({ id, facts }) =>
    testData
      .draftsOf(id)
      .filter((draft) => draft.tenant === tenant)
      .map(({ values, identity }) => insertion(facts, Object.entries(values), identity)),
  );
  const gone = [...testData.made.rows].reverse().flatMap(({ table, key, ...row }) => {
    const isWanted = row.tenant === tenant && wanted.some(({ id }) => id === formatQualified(table));
    return isWanted ? [`delete from ${quoteQualified(table)} where ${whereKey(key)}`] : [];
  });
  return [further, gone].filter((list) => list.length > 0).map(oneByOne);
}

function oneByOne(statements: readonly string[]): string {
  const blocks = statements.map((statement) => `begin ${statement}; exception when others then null; end;`);
  return `do ${quoteLiteral(`begin ${blocks.join(" ")} end`)}`;
}
