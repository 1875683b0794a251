import { policiesAsked } from "../../access/reach/extent.ts";
import type { Relation } from "../../access/reach/reachable.ts";
import type { Session } from "../../database/database.ts";
import { isMadeByPlatform } from "../../sql/platform-schemas.ts";
import { formatQualified, quoteIdentifier, quoteQualified } from "../../sql/quote.ts";
import { listWords } from "../../values/list-words.ts";
import type { Advice } from "../report.ts";
import { runTries, type Statement } from "../run-tries.ts";
import type { Trial } from "../trial.ts";
import { type Call, repeatedCalls } from "./calls.ts";
import { asksSubPlan, columnsToIndex } from "./indexable.ts";
import { type Facts, readFacts } from "./read-facts.ts";
import { readScans, type Scan } from "./read-plan.ts";

type Command = "select" | "update" | "delete";

/** A statement to EXPLAIN. */
interface Question {
  readonly relation: Relation;
  readonly role: string;
  readonly command: Command;
  readonly statement: Statement;
}

/**
 * Advises on what will be slow once there are many rows. The plans for the few test rows would prove nothing, as any
 * plan is good for few rows. So sequential scans are disabled: if the planner still uses one, no index supports the
 * policies' condition.
 */
export async function adviseOnSpeed(session: Session, trial: Trial): Promise<readonly Advice[]> {
  const questions = questionsOf(trial);
  const answers = await runTries(
    session,
    questions.map(({ statement }) => statement),
  );
  const calls = questions.map((question) => callsOf(question, trial));
  const facts = await readFacts(
    session,
    calls.flat().map(({ call }) => call),
  );
  const found = questions.flatMap((question, index) => {
    const { text, code } = answers[index] ?? {};
    if (text === undefined || code !== undefined) return [];
    const scans = readScans(text, facts.leadingColumn);
    return [
      ...callAdvice(question, scans, calls[index] ?? [], facts),
      ...(question.command === "select" ? scanAdvice(question, scans, facts, trial) : []),
    ];
  });
  return [...new Map(found.map((advice) => [JSON.stringify(advice), advice])).values()];
}

/** One person represents each role: plans depend on the policies, and policies on the role. */
function questionsOf({ testData, rights }: Trial): readonly Question[] {
  const { actors, plan } = testData;
  const people = [
    actors.find(({ databaseRole }) => databaseRole === "anon"),
    actors.find(({ tenant, isKnown }) => tenant !== undefined && isKnown),
  ].filter((person) => person !== undefined);
  const { relations } = rights.reachable;
  const names = [...plan.tables.map(({ id }) => id), "storage.objects", "realtime.messages"];
  const tables = names.flatMap((name) => relations.get(name) ?? []).filter(({ rowSecurity }) => rowSecurity);
  return tables.flatMap((relation) =>
    people.flatMap((person) => {
      const { settings, role } = testData.askerOf(person);
      const columns = (privilege: Command) => {
        const held = rights.columns(role, formatQualified(relation), privilege);
        return held === true ? relation.columns : held;
      };
      return commands(relation, columns).map(({ command, sql }) => {
        const statement: Statement = {
          ...{ settings, role, answers: true, before: "set local enable_seqscan = off" },
          sql: `explain (verbose, costs off, format json) ${sql}`,
        };
        return { relation, role, command, statement };
      });
    }),
  );
}

function commands(relation: Relation, columns: (privilege: Command) => readonly string[]) {
  const name = quoteQualified(relation);
  const [readable, writable] = [columns("select"), columns("update")];
  const changed = writable.find((column) => readable.includes(column));
  const column = changed === undefined ? "" : quoteIdentifier(changed);
  const found: readonly (readonly [Command, string | undefined])[] = [
    ["select", readable.length === 0 ? undefined : `select ${readable.map(quoteIdentifier).join(", ")} from ${name}`],
    ["update", column === "" ? undefined : `update ${name} set ${column} = ${column}`],
    ["delete", columns("delete").length === 0 ? undefined : `delete from ${name}`],
  ];
  return found.flatMap(([command, sql]) => (sql === undefined ? [] : [{ command, sql }]));
}

interface PolicyCall {
  readonly policy: string;
  readonly call: Call;
}

function callsOf({ relation, role, command }: Question, { rights }: Trial): readonly PolicyCall[] {
  return policiesAsked(relation, command, rights.of(role)).flatMap(({ name, conditions: [condition = "true"] }) =>
    repeatedCalls(condition).map((call) => ({ policy: name, call })),
  );
}

/** Calls that the plan shows to be repeated for each row, and that are not cheap, as PostgreSQL's own functions are. */
function callAdvice(
  { relation }: Question,
  scans: readonly Scan[],
  calls: readonly PolicyCall[],
  facts: Facts,
): readonly Advice[] {
  return calls
    .filter(({ call }) => facts.isWorthAsking(call))
    .flatMap(({ policy, call }): Advice[] => {
      const places = scans.filter(({ isInner }) => isInner === (call.how === "inner"));
      // A SQL function may be inlined into the condition, which then contains the calls of its body.
      const isAsked = places.some(({ filter }) => {
        const text = JSON.stringify(filter ?? {});
        return text.includes(`"sval":"${call.name}"`) || text.includes('"sval":"current_setting"');
      });
      return isAsked ? [{ object: formatQualified(relation), ...describeCall(policy, call) }] : [];
    });
}

function describeCall(policy: string, { schema, name, how }: Call): Omit<Advice, "object"> {
  const called = schema === "pg_catalog" ? name : `${schema}.${name}`;
  if (how === "columns") {
    const problem = `the policy ${policy} calls ${called} for each row, with columns of the row`;
    return {
      problem,
      remedy: "let a function without them tell which values may be read: column = any (array(select …()))",
    };
  }
  const rows = how === "row" ? "each row" : "each row that its sub-select reads";
  return { problem: `the policy ${policy} calls ${called} for ${rows}`, remedy: `(select ${called}(…)) is asked once` };
}

function scanAdvice(
  { relation, role }: Question,
  scans: readonly Scan[],
  facts: Facts,
  { testData }: Trial,
): readonly Advice[] {
  const object = formatQualified(relation);
  return scans.flatMap((scan): Advice[] => {
    const name = { schema: scan.schema, name: scan.table };
    if (!scan.isWhole || scan.filter === undefined || isMadeByPlatform(scan.schema)) return [];
    const known = testData.plan.tables.find(({ id }) => id === formatQualified(name))?.facts.columns ?? [];
    const isText = (column: string) =>
      known.some((each) => each.name === column && each.typeText.startsWith("character varying"));
    const columns = columnsToIndex(scan.filter, isText).filter((column) => !facts.isIndexed(name, column));
    const where = scan.isInner ? `a policy reads all of ${formatQualified(name)}` : "the policies read the whole table";
    const problem = `when ${role} reads, ${where}`;
    if (columns.length > 0) {
      const indexes = columns.map((column) => `create index on ${quoteQualified(name)} (${quoteIdentifier(column)})`);
      return [
        { object, problem: `${problem}, for want of an index on ${listWords(columns)}`, remedy: indexes.join("; ") },
      ];
    }
    return asksSubPlan(scan.filter)
      ? [
          {
            object,
            problem: `${problem}, since in (select …) and exists (…) use no index`,
            remedy: "column = any (array(select …)) does",
          },
        ]
      : [];
  });
}
