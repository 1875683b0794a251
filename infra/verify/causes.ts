import { extentOf, type RowCommand, rowCommands, tablesBehind } from "../access/reach/extent.ts";
import type { ReachableFunction } from "../access/reach/reachable.ts";
import type { Session } from "../database/database.ts";
import { conditionsFor, policyOf } from "../desired/policy-definition.ts";
import { quoteIdentifier, quoteLiteral, quoteQualified } from "../sql/quote.ts";
import { listWords } from "../values/list-words.ts";
import type { Attempt } from "./attempt.ts";
import type { LiveTrigger } from "./external-effects.ts";
import type { RewriteRule } from "./rewrite-rules.ts";
import type { ReachableRights } from "./rights.ts";
import { type Answer, runTries, type Statement } from "./run-tries.ts";

/** What may change rows that a statement does not name. */
interface Effects {
  readonly triggers: readonly LiveTrigger[];
  readonly rewrites: readonly RewriteRule[];
}

/**
 * Finds what let somebody through who should have been kept out, by evaluating each policy's condition on the row as
 * that person. Dropping the policies one by one instead would take locks that stop sign-ins and uploads on a hosted
 * project.
 */
export async function findCauses(
  session: Session,
  attempts: readonly Attempt[],
  rights: ReachableRights,
  effects: Effects,
): Promise<ReadonlyMap<Attempt, string>> {
  const questions = attempts.map((attempt) => questionsAbout(attempt, rights));
  const open = await askAll(session, questions.flat());
  return new Map(
    attempts.map((attempt, index) => {
      const policies = (questions[index] ?? []).filter((question) => open.has(question));
      return [
        attempt,
        attempt.isSideEffect ? describeEffect(attempt, rights, effects) : describe(attempt, rights, policies),
      ];
    }),
  );
}

interface Question {
  readonly policy: string;
  /** Whether the condition applies to the row after the change. */
  readonly isAfter: boolean;
  readonly statement: Statement;
}

/**
 * The questions whose answer is yes. A person who may not name what a condition names is asked with higher rights,
 * because a policy names it on their behalf.
 */
async function askAll(session: Session, questions: readonly Question[]): Promise<ReadonlySet<Question>> {
  const ask = (asked: readonly Question[], role?: string) =>
    runTries(
      session,
      asked.map(({ statement }) => ({ ...statement, ...(role === undefined ? {} : { role }) })),
    );
  const answers = await ask(questions);
  const unnamed = questions.filter((_, index) => answers[index]?.code === "42501");
  const further = await ask(unnamed, "none");
  return new Set([
    ...questions.filter((_, index) => isYes(answers[index])),
    ...unnamed.filter((_, index) => isYes(further[index])),
  ]);
}

function commandOf({ command }: Attempt): RowCommand | undefined {
  if (command === "move" || command === "point") return "update";
  if (command === "receive") return "select";
  if (command === "send") return "insert";
  return rowCommands.find((each) => each === command);
}

/**
 * Each policy's condition, applied to literal values instead of the table, so that no policy filters the row and only
 * the rights of the person count.
 */
function questionsAbout(attempt: Attempt, rights: ReachableRights): readonly Question[] {
  const { statement, row } = attempt;
  const command = commandOf(attempt);
  const relation = rights.reachable.relations.get(row.table);
  if (command === undefined || relation === undefined || !relation.rowSecurity) return [];
  const held = rights.of(statement.role).roles;
  const name = quoteQualified(relation);
  return relation.policies
    .filter((policy) => policy.permissive && [command, "all"].includes(policy.command))
    .filter((policy) => policy.roles.some((role) => held.has(role)))
    .flatMap((policy) =>
      conditionsFor(policyOf(policy), command).map((condition, index): Question => {
        const values = index === 0 ? row.values : { ...row.values, ...attempt.written, ...attempt.to?.values };
        const record = `jsonb_populate_record(null::${name}, ${quoteLiteral(JSON.stringify(values))})`;
        const sql = `select case when (${condition}) then 'yes' end from ${record} as ${quoteIdentifier(relation.name)}`;
        const { role, settings } = statement;
        return { policy: policy.name, isAfter: index === 1, statement: { role, settings, sql, answers: true } };
      }),
    );
}

/** Names what changed a row that the statement does not name. */
function describeEffect(attempt: Attempt, rights: ReachableRights, { triggers, rewrites }: Effects): string {
  const { object } = attempt;
  const command = commandOf(attempt);
  const called = rights.reachable.functions.get(object);
  if (called !== undefined) return describeFunction(called);
  const [rule] = rewrites.filter(({ table, event }) => table === object && event === command);
  if (rule !== undefined) return `the rule ${rule.name} on ${object}, with the rights of the table's owner`;
  const own = triggers.filter(({ table, events }) => table === object && events.some((event) => event === command));
  if (own.length === 0) return `a foreign key to ${object}, or a trigger of the tables that point to it`;
  const names = own.map((trigger) => `${trigger.name} (${trigger.function})`);
  return `${own.length === 1 ? "the trigger" : "one of the triggers"} ${listWords(names)} on ${object}`;
}

function describeFunction({ signature, isSecurityDefiner, owner }: ReachableFunction): string {
  return isSecurityDefiner
    ? `the function ${signature} runs with the rights of ${owner}`
    : `the function ${signature}, with the rights of whoever calls it`;
}

function isYes(answer: Answer | undefined): boolean {
  return answer?.text === "yes";
}

function describe(attempt: Attempt, rights: ReachableRights, open: readonly Question[]): string {
  const { row, statement } = attempt;
  const role = statement.role;
  const relation = rights.reachable.relations.get(row.table);
  const command = commandOf(attempt);
  const called = rights.reachable.functions.get(attempt.object);
  if (called !== undefined) return describeFunction(called);
  if (relation === undefined || command === undefined) return "";
  if (relation.kind === "v" || relation.kind === "m") {
    const behind = tablesBehind(relation, role, rights.reachable, command);
    const tables = behind.map(({ table, as }) => `${table} with the rights of ${as}`);
    return `the view ${row.table} reads ${listWords(tables)}, and ${role} has the privilege ${command} on the view`;
  }
  const extent = extentOf(relation, command, rights.of(role));
  if (extent.rows === "every" && extent.because.is === "no row-level security") {
    return `row-level security is off on ${row.table}, and ${role} has the privilege ${command}`;
  }
  if (extent.rows === "every" && extent.because.is === "bypass") return `${role} is asked by no policy (BYPASSRLS)`;
  const policies = describePolicies(open, command);
  if (policies === undefined) return `no policy of ${row.table} by itself; a trigger may change the row`;
  return `${policies} of ${row.table}, and the privilege ${command} of ${role}`;
}

/**
 * For an update: the policies that allow the row both before and after the change or, if none does, those for each of
 * the two.
 */
function describePolicies(open: readonly Question[], command: RowCommand): string | undefined {
  const before = open.filter(({ isAfter }) => !isAfter).map(({ policy }) => policy);
  const after = open.filter(({ isAfter }) => isAfter).map(({ policy }) => policy);
  const whole = command === "update" ? before.filter((policy) => after.includes(policy)) : before;
  const named = (policies: readonly string[]) =>
    `the ${policies.length === 1 ? "policy" : "policies"} ${listWords(policies)}`;
  if (whole.length > 0) return named(whole);
  if (before.length === 0 || after.length === 0) return undefined;
  return `${named(before)}, for the row as it is, and ${named(after)}, for the row as it becomes,`;
}
