import type { Relation } from "../access/reach/reachable.ts";
import type { Session } from "../database/database.ts";
import { formatQualified, quoteQualified } from "../sql/quote.ts";
import { listWords } from "../values/list-words.ts";
import { tenantNames } from "./actors.ts";
import type { Outcome } from "./attempt.ts";
import { changesOf, differing, digestOf } from "./counting.ts";
import { refreshing } from "./filled-views.ts";
import type { NotTried } from "./report.ts";
import { runTries, type Statement } from "./run-tries.ts";
import { apiRoles, type Trial } from "./trial.ts";
import { reachedViews } from "./view-attempts.ts";

/**
 * Views whose rows can't be attributed to a tenant: neither anybody nor the owner saw what only one tenant's rows
 * contain, and the view stays the same when that tenant gains rows or loses all of them. That nobody sees another
 * tenant's rows in such a view proves nothing.
 */
export async function findInconclusiveViews(
  session: Session,
  trial: Trial,
  outcomes: readonly Outcome[],
): Promise<readonly NotTried[]> {
  const told = new Set(
    outcomes.flatMap(({ isReached, attempt: { object, command, row } }) =>
      isReached && command === "select" ? [`${object} ${row.tenant}`] : [],
    ),
  );
  const unseen = reachedViews(trial.rights, apiRoles)
    .filter((view) => !trial.largeViews.has(formatQualified(view)))
    .flatMap((view) => tenantsIn(view, trial).map((tenant) => ({ view, tenant, object: formatQualified(view) })))
    .filter(({ object, tenant }) => !told.has(`${object} ${tenant}`));
  const statements = unseen.map(({ view, tenant }) => asOwner(view, tenant, trial));
  const answers = await runTries(session, statements.flat());
  const inconclusive = unseen.filter((_, index) => {
    const position = statements.slice(0, index).flat().length;
    const [seen, ...counted] = answers.slice(position, position + (statements[index]?.length ?? 0));
    return (seen?.rows ?? 0) === 0 && differing(counted) === undefined;
  });
  return [...new Set(inconclusive.map(({ object }) => object))].map((object) => {
    const tenants = inconclusive.filter((each) => each.object === object).map(({ tenant }) => tenant);
    const reason = `nothing in it tells rows of tenant ${listWords(tenants)}, for its owner either; state a row that it shows in \`rows\``;
    return { object, reason, count: 1 };
  });
}

/**
 * Attempts as the owner: whether the tenant's rows are visible, and the view twice without a change, and after changes.
 */
function asOwner(view: Relation, tenant: string, { testData, marks, rights }: Trial): readonly Statement[] {
  const from = `${quoteQualified(view)} as v`;
  const owner = { role: "none", settings: {} };
  const seen = { ...owner, sql: `select 1 from ${from} where ${marks.condition("v::text", tenant)} limit 1` };
  if (view.kind === "m") return [{ ...seen, before: refreshing(view, rights).join("; ") }];
  const digest = { ...owner, answers: true, sql: digestOf("v::text", from) };
  const changes = changesOf(testData, tenant, tablesReadBy(view, rights.reachable.relations));
  return [seen, digest, { ...digest }, ...changes.map((before) => ({ ...digest, before }))];
}

/** The tenants that have test rows in the tables that the view reads. */
function tenantsIn(view: Relation, { testData, rights }: Trial): readonly string[] {
  const read = tablesReadBy(view, rights.reachable.relations);
  const rows = testData.plan.tables
    .filter(({ id, belongs }) => belongs && read.has(id))
    .flatMap(({ id }) => testData.rowsOf(id));
  return tenantNames.filter((tenant) => rows.some((row) => row.tenant === tenant));
}

/** The tables that it reads, directly or through other views. */
function tablesReadBy(view: Relation, relations: ReadonlyMap<string, Relation>): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (relation: Relation) => {
    for (const name of relation.reads) {
      const id = formatQualified(name);
      const read = relations.get(id);
      if (found.has(id) || read === undefined) continue;
      found.add(id);
      if (read.kind === "v" || read.kind === "m") visit(read);
    }
  };
  visit(view);
  return found;
}
