import type { Relation } from "../access/reach/reachable.ts";
import { tenantNames } from "./actors.ts";
import type { Plan, PlannedTable } from "./plan.ts";
import type { GivenRow } from "./rows/row-request.ts";
import { valuesAsked } from "./rows/values-asked.ts";

/** The prefix of these rows' names. */
export const conditionRow = "row with";

/** The limit for each table and tenant. */
const mostRows = 24;

/**
 * Rows with the values that their table's policies test for (`status = 'published'`, `deleted_at is null`), and rows
 * without them: what a policy allows shows only on rows that meet its condition.
 */
export function conditionRows(plan: Plan, relations: ReadonlyMap<string, Relation>): readonly GivenRow[] {
  return plan.tables
    .filter((table) => !isOfPeople(plan, table))
    .flatMap(({ id, facts }) => {
      const { schema, name } = facts;
      const conditions = (relations.get(id)?.policies ?? []).flatMap(({ using, withCheck }) =>
        [using, withCheck].filter((text) => text !== undefined),
      );
      const asked = valuesAsked(conditions, facts);
      // Takes the first value of each column, then the second of each, so that the limit leaves no column out.
      const values = facts.columns
        .flatMap(({ name: column, isGenerated }) =>
          isGenerated ? [] : (asked.get(column) ?? []).map((value, place) => ({ column, value, place })),
        )
        .sort((left, right) => left.place - right.place);
      return values.slice(0, mostRows).flatMap(({ column, value }) =>
        tenantNames.map((tenant): GivenRow => {
          const told = "sql" in value ? value.sql : "text" in value ? (value.text ?? "null") : "";
          const title = `${conditionRow} ${column} = ${told} of ${tenant} in ${id}`;
          return { name: title, table: { schema, name }, tenant, values: { [column]: value } };
        }),
      );
    });
}

/** Whether the table holds people, memberships or tenants, whose rows are made separately. */
function isOfPeople({ tenants, members, users }: Plan, { facts }: PlannedTable): boolean {
  const tables = [
    ...users.map(({ table }) => table),
    ...(members ? [members.table] : []),
    ...(tenants ? [tenants] : []),
  ];
  return tables.some(({ schema, name }) => schema === facts.schema && name === facts.name);
}
