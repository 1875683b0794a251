import type { Relation } from "../access/reach/reachable.ts";
import { runQueries } from "../catalog/read.ts";
import { formattedName } from "../catalog/rows.ts";
import type { Session } from "../database/database.ts";
import { formatQualified, quoteLiteral, quoteQualified } from "../sql/quote.ts";
import { type Actor, tenantNames } from "./actors.ts";
import type { Attempt, Rules } from "./attempt.ts";
import type { Marks } from "./marks.ts";
import type { NotTried } from "./report.ts";
import type { ReachableRights } from "./rights.ts";
import type { Statement } from "./run-tries.ts";
import type { TestData } from "./test-data.ts";
import { textOf } from "./view-attempts.ts";

/** Larger views are not refreshed: it may take long, and it locks out everybody who reads them. */
const largest = "16 MB";

/**
 * What a materialised view shows once it is refreshed with the test rows. No policy applies to it, so a role sees all
 * of it or nothing.
 */
export class FilledViews {
  readonly #testData: TestData;
  readonly #rights: ReachableRights;
  readonly #marks: Marks;
  readonly #statements = new Map<string, Statement>();

  constructor(testData: TestData, rights: ReachableRights, marks: Marks) {
    this.#testData = testData;
    this.#rights = rights;
    this.#marks = marks;
  }

  attempts(view: Relation, person: Actor, rules: Rules): readonly Attempt[] {
    const object = formatQualified(view);
    const statement = this.#statementFor(view, person);
    return tenantNames.map((tenant) => ({
      ...{ person, object, command: "select" as const, rules, row: { table: object, tenant, values: {} }, statement },
      shown: `select * from ${quoteQualified(view)}`,
      isReached: ({ text }: { readonly text?: string }) => (text ?? "").split(",").includes(tenant),
    }));
  }

  /** One statement for all people with the same role. */
  #statementFor(view: Relation, person: Actor): Statement {
    const key = `${person.databaseRole} ${formatQualified(view)}`;
    const known = this.#statements.get(key);
    if (known !== undefined) return known;
    const text = textOf(view, person.databaseRole, this.#rights);
    const seen = tenantNames.map((tenant) => {
      const condition = this.#marks.condition(text, tenant);
      return `(select ${quoteLiteral(tenant)} where exists (select from ${quoteQualified(view)} as v where ${condition}))`;
    });
    const statement: Statement = {
      ...this.#testData.askerOf(person),
      before: refreshing(view, this.#rights).join("; "),
      answers: true,
      sql: `select concat_ws(',', ${seen.join(", ")})`,
    };
    this.#statements.set(key, statement);
    return statement;
  }
}

/** The statements that refresh a view, preceded by those for the views that it reads. */
export function refreshing(view: Relation, rights: ReachableRights): readonly string[] {
  const { relations } = rights.reachable;
  const before = view.reads.flatMap((name) => {
    const read = relations.get(formatQualified(name));
    return read?.kind === "m" ? refreshing(read, rights) : [];
  });
  return [...new Set([...before, `refresh materialized view ${quoteQualified(view)}`])];
}

/** The materialised views that are too large to be refreshed. */
export async function readLargeViews(session: Session, views: readonly Relation[]): Promise<ReadonlySet<string>> {
  const filled = views.filter(({ kind }) => kind === "m");
  if (filled.length === 0) return new Set();
  const [rows = []] = await runQueries(session, [
    `select coalesce(json_agg(${formattedName("n.nspname", "c.relname")}), '[]') as rows
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where c.relkind = 'm' and pg_catalog.pg_total_relation_size(c.oid) > pg_catalog.pg_size_bytes(${quoteLiteral(largest)})
        and c.oid in (${filled.map((view) => `${quoteLiteral(quoteQualified(view))}::pg_catalog.regclass`).join(", ")})`,
  ]);
  return new Set(rows as unknown as readonly string[]);
}

export function unfilledViews(views: ReadonlySet<string>): readonly NotTried[] {
  const reason = `it is larger than ${largest}, so that it is not filled with the rows that were made; whoever may select from it reads all that its owner could read when it was refreshed`;
  return [...views].map((object) => ({ object, reason, count: 1 }));
}
