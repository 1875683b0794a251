import { kindOf, type Reachable } from "../access/reach/reachable.ts";
import { InputError, type Problem } from "../errors/errors.ts";
import { isMadeByPlatform } from "../sql/platform-schemas.ts";
import { formatQualified } from "../sql/quote.ts";
import { listWords } from "../values/list-words.ts";
import type { TableRules } from "./declaration.ts";
import { columnName, type Plan, tableName } from "./plan.ts";
import type { TableFacts } from "./rows/schema-facts.ts";

/**
 * Rejects a declaration about something that does not exist, for example after a table was renamed: it would prove
 * nothing.
 * @throws {InputError} naming each table, column and bucket that does not exist, or that can't have such a declaration
 */
export function refuseUnknownNames(plan: Plan, reachable: Reachable): void {
  const { tables = [], files = [], fixtures = {}, rows = [] } = plan.verification;
  const known = new Map(plan.facts.tables.map((facts) => [formatQualified(facts), facts]));
  const buckets = (reachable.buckets ?? []).map(({ id }) => id);
  const ids = tables.map(({ table }) => formatQualified(tableName(table)));
  const problems: readonly Problem[] = [
    ...tables.flatMap((rules, index) => {
      const id = ids[index] ?? "";
      const found = ids.indexOf(id) < index ? [at("table", `${id} stands in the list twice; state it once`)] : [];
      return [...found, ...tableProblems(rules, id, plan, reachable)].map(under("tables", index));
    }),
    ...files.flatMap(({ bucket }, index) => {
      const isTwice = files.findIndex((each) => each.bucket === bucket) < index;
      return [
        ...(isTwice ? [at("bucket", `${bucket} stands in the list twice; state it once`)] : []),
        ...(buckets.includes(bucket)
          ? []
          : [at("bucket", `the database has no bucket ${bucket}; it has ${listed(buckets)}`)]),
      ].map(under("files", index));
    }),
    ...Object.entries(fixtures).flatMap(([name, columns]) =>
      columnProblems(known.get(name), name, Object.keys(columns)).map(under("fixtures", name)),
    ),
    ...rows.flatMap(({ table, values }, index) => {
      const id = formatQualified(tableName(table));
      const columns = typeof values === "function" ? [] : Object.keys(values);
      return columnProblems(known.get(id), id, columns).map(under("rows", index));
    }),
  ];
  if (problems.length > 0)
    throw new InputError(problems.map(({ path, message }) => ({ path: ["verification", ...path], message })));
}

function tableProblems(rules: TableRules, id: string, plan: Plan, { relations }: Reachable): readonly Problem[] {
  const { owner, tenant, columns = [], reads = [] } = rules;
  const named = [owner ?? [], tenant ?? [], columns, reads].flat().map(columnName);
  const planned = plan.tables.find((each) => each.id === id);
  const relation = relations.get(id);
  if (planned !== undefined) return columnProblems(planned.facts, id, named);
  if (relation === undefined) return [at("table", `the database has no table or view ${id}`)];
  const isView = relation.kind === "v" || relation.kind === "m";
  if (!isView || relation.isExtension || isMadeByPlatform(relation.schema))
    return [at("table", `${id} is the platform's, an extension's, or another ${kindOf(relation)} that is not tried`)];
  const { table, may, ...others } = rules;
  return Object.keys(others).map((property) =>
    at(property, `${id} is a view, whose rows are judged by the tenants that they tell of; leave it out`),
  );
}

function columnProblems(facts: TableFacts | undefined, id: string, named: readonly string[]): readonly Problem[] {
  if (facts === undefined) return [{ path: [], message: `the database has no table ${id}` }];
  const columns = facts.columns.map(({ name }) => name);
  const unknown = [...new Set(named)].filter((name) => !columns.includes(name));
  return unknown.map((name) => ({
    path: [],
    message: `${id} has no column ${name}; it has ${listed(columns)}`,
  }));
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? "none" : listWords(names, 20);
}

function at(property: string, message: string): Problem {
  return { path: [property], message };
}

function under(...path: readonly (string | number)[]): (problem: Problem) => Problem {
  return (problem) => ({ ...problem, path: [...path, ...problem.path] });
}
