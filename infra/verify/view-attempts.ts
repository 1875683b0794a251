import { kindOf, type Relation } from "../access/reach/reachable.ts";
import { formatQualified, quoteIdentifier, quoteQualified } from "../sql/quote.ts";
import { type Actor, tenantNames } from "./actors.ts";
import type { Attempt, Rules } from "./attempt.ts";
import type { Marks } from "./marks.ts";
import type { ReachableRights } from "./rights.ts";
import type { TestData } from "./test-data.ts";

export interface ViewContext {
  readonly testData: TestData;
  readonly rights: ReachableRights;
  readonly marks: Marks;
  readonly rules: Rules;
}

/**
 * Whether rows of each tenant can be seen, updated or deleted through a view. They are recognised by values that only
 * that tenant's rows contain.
 */
export function viewAttempts(
  view: Relation,
  person: Actor,
  { testData, rights, marks, rules }: ViewContext,
): readonly Attempt[] {
  const object = formatQualified(view);
  const name = quoteQualified(view);
  const asker = testData.askerOf(person);
  const { databaseRole } = person;
  const text = textOf(view, databaseRole, rights);
  const changed = firstColumn(rights.columns(databaseRole, object, "update"), view);
  return tenantNames.flatMap((tenant): Attempt[] => {
    const condition = marks.condition(text, tenant);
    const attempt = (command: Attempt["command"], sql: string, shown: string): Attempt => ({
      ...{ person, object, command, rules, row: { table: object, tenant, values: {} } },
      statement: { ...asker, sql },
      shown,
    });
    const write = (command: "update" | "delete", start: string): Attempt => {
      const shown = `${start} where ${marks.shownCondition(text, tenant, view.reads)}`;
      const tried = attempt(command, `${start} where ${condition}`, shown);
      return { ...tried, statement: { ...tried.statement, ...testData.watchOf(object, person, tenant) } };
    };
    const writes = view.writes.flatMap((command) => {
      if (command === "delete") return [write(command, `delete from ${name} as v`)];
      if (command === "insert" || changed === undefined) return [];
      const column = quoteIdentifier(changed);
      return [write(command, `update ${name} as v set ${column} = ${column}`)];
    });
    const select = attempt("select", `select 1 from ${name} as v where ${condition} limit 1`, `select * from ${name}`);
    return [select, ...writes];
  });
}

/** The columns of a row that the role may read, as one text. */
export function textOf(view: Relation, role: string, rights: ReachableRights): string {
  const readable = rights.columns(role, formatQualified(view), "select");
  return readable === true || readable.length === 0
    ? "v::text"
    : `row(${readable.map(quoteIdentifier).join(", ")})::text`;
}

function firstColumn(held: true | readonly string[], { columns }: Relation): string | undefined {
  return held === true ? columns[0] : (held[0] ?? columns[0]);
}

/** The views that the API's roles may use. */
export function reachedViews(rights: ReachableRights, roles: readonly string[]): readonly Relation[] {
  const { relations, exposedSchemas } = rights.reachable;
  return [...relations.values()].filter(
    (relation) =>
      ["view", "materialised view"].includes(kindOf(relation)) &&
      !relation.isExtension &&
      exposedSchemas.includes(relation.schema) &&
      roles.some((role) =>
        ["select", "insert", "update", "delete"].some(
          (privilege) =>
            rights.of(role).enters(relation.schema) && rights.of(role).holds(relation, privilege) !== undefined,
        ),
      ),
  );
}
