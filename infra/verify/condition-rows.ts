import type { Relation } from "../access/reach/reachable.ts";
import { escapePattern } from "../values/pattern.ts";
import { tenantNames } from "./cast.ts";
import type { Plan, PlannedTable } from "./plan.ts";
import type { GivenRow, GivenValue } from "./rows/row-request.ts";
import type { ColumnFacts } from "./rows/schema-facts.ts";

/** What the names of these rows begin with. */
export const conditionRow = "row with";

/** So many for each table and tenant. */
const mostRows = 8;

/**
 * Rows with the values that the policies of their table ask about (`status = 'published'`, `deleted_at is null`), and without: what a policy
 * lets through is seen only on a row that meets it.
 */
export function conditionRows(plan: Plan, relations: ReadonlyMap<string, Relation>): readonly GivenRow[] {
  return plan.tables
    .filter((table) => !isOfPeople(plan, table))
    .flatMap(({ id, facts }) => {
      const { schema, name } = facts;
      const texts = (relations.get(id)?.policies ?? []).flatMap(({ using, withCheck }) => [
        using ?? "",
        withCheck ?? "",
      ]);
      const values = facts.columns.flatMap((column) =>
        column.isGenerated
          ? []
          : valuesOf(column, name, texts.join("\n")).map((value): [string, GivenValue] => [column.name, value]),
      );
      return values.slice(0, mostRows).flatMap(([column, value]) =>
        tenantNames.map((tenant): GivenRow => {
          const told = "sql" in value ? value.sql : "text" in value ? (value.text ?? "null") : "";
          const title = `${conditionRow} ${column} = ${told} of ${tenant} in ${id}`;
          return { name: title, table: { schema, name }, tenant, values: { [column]: value } };
        }),
      );
    });
}

/** Their rows, and tenants, are made as the people need them. */
function isOfPeople({ tenants, members, users }: Plan, { facts }: PlannedTable): boolean {
  const tables = [
    ...users.map(({ table }) => table),
    ...(members ? [members.table] : []),
    ...(tenants ? [tenants] : []),
  ];
  return tables.some(({ schema, name }) => schema === facts.schema && name === facts.name);
}

/** What conditions, as PostgreSQL prints them, compare a column with. */
function valuesOf({ name, typeText, notNull }: ColumnFacts, table: string, text: string): readonly GivenValue[] {
  const own = `(?<![\\w".])(?:${printed(table)}\\.)?${printed(name)}(?![\\w"])`;
  const matches = (rest: string) => [...text.matchAll(new RegExp(`${own}${rest}`, "g"))];
  if (matches("").length === 0) return [];
  if (typeText === "boolean") return [{ text: "true" }, { text: "false" }];
  const cast = '\\)?(?:::[\\w "().]+?)? ';
  const constants = [
    ...matches(`${cast}(?:=|<>) '((?:[^']|'')*)'`).map(([, constant = ""]) => constant),
    ...matches(`${cast}(?:=|<>) (-?\\d+(?:\\.\\d+)?)`).map(([, constant = ""]) => constant),
    ...matches(`${cast}(?:=|<>) (?:ANY|ALL) \\(+ARRAY\\[([^\\]]*)\\]`).flatMap(([, list = ""]) =>
      [...list.matchAll(/'((?:[^']|'')*)'/g)].map(([, constant = ""]) => constant),
    ),
  ];
  const isTime = /^(?:timestamp|date)/.test(typeText) && matches(`${cast}[<>]=? (?:now\\(\\)|CURRENT_)`).length > 0;
  const isNull = matches(" IS (?:NOT )?NULL").length > 0;
  return [
    ...[...new Set(constants)].map((constant) => ({ text: constant.replaceAll("''", "'") })),
    ...(isTime || (isNull && typeText.startsWith("timestamp")) ? times : []),
    ...(isNull && !notNull ? [{ text: null }] : []),
  ];
}

const times: readonly GivenValue[] = [{ sql: "now() - interval '1 day'" }, { sql: "now() + interval '1 day'" }];

/** A name as it stands in a printed expression, as a pattern. */
function printed(name: string): string {
  const quoted = /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
  return escapePattern(quoted);
}
