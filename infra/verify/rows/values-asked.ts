import { nodesOf } from "../../sql/nodes.ts";
import type { Node } from "../../sql/parser.ts";
import { solveComparison } from "./comparison.ts";
import { expressionOf } from "./condition.ts";
import { type FindColumn, now, readOperand } from "./operand.ts";
import type { Restriction } from "./restriction.ts";
import type { GivenValue } from "./row-request.ts";
import type { ColumnFacts, TableFacts } from "./schema-facts.ts";

/**
 * By column, the values that conditions, as PostgreSQL prints them, ask about: those with which one holds, and those with which it doesn't. Where
 * they name several tables, they name each column with its table. What the grammar can't read asks about nothing. `loadParser` must have been awaited.
 */
export function valuesAsked(
  conditions: readonly string[],
  { name, columns }: Pick<TableFacts, "name" | "columns">,
): ReadonlyMap<string, readonly GivenValue[]> {
  const byName = new Map(columns.map((column) => [column.name, column]));
  const find: FindColumn = (parts) => {
    const column = parts.at(-1) ?? "";
    return byName.has(column) && (parts.length === 1 || parts[0] === name) ? column : undefined;
  };
  const asked = conditions.flatMap((condition) => restrictionsIn(condition, find));
  const found = new Map<string, Map<string, GivenValue>>();
  for (const [place, restriction] of asked) {
    const column = byName.get(place);
    const values = found.get(place) ?? new Map<string, GivenValue>();
    for (const value of column === undefined ? [] : valuesOf(restriction, column)) {
      values.set(JSON.stringify(value), value);
    }
    found.set(place, values);
  }
  return new Map([...found].map(([place, values]) => [place, [...values.values()]]));
}

/** What each comparison in a condition, also one in a query in it, asks of a column, and what its opposite asks. */
function restrictionsIn(condition: string, find: FindColumn): readonly (readonly [place: string, Restriction])[] {
  let tree: Node;
  try {
    tree = expressionOf(condition);
  } catch {
    return [];
  }
  const compared = nodesOf(tree, "A_Expr").flatMap((node) =>
    [true, false].flatMap((isWanted) => solveComparison(node, isWanted, find) ?? []),
  );
  const asked = [
    ...nodesOf(tree, "NullTest").map(({ arg }): [unknown, Restriction] => [arg, { isNull: true }]),
    ...nodesOf(tree, "ColumnRef").map((node): [unknown, Restriction] => [{ ColumnRef: node }, {}]),
  ];
  return [
    ...compared.flatMap(({ restrictions }) => [...restrictions]),
    ...asked.flatMap(([node, restriction]): readonly (readonly [string, Restriction])[] => {
      const operand = readOperand(node as Node, find);
      return operand.is === "column" ? [[operand.place, restriction]] : [];
    }),
  ];
}

function valuesOf(
  { isNull, oneOf = [], noneOf = [], atLeast, atMost }: Restriction,
  { typeText, notNull }: ColumnFacts,
): readonly GivenValue[] {
  if (typeText === "boolean") return [{ text: "true" }, { text: "false" }];
  const isTime = typeText.startsWith("timestamp") || typeText === "date";
  const bounds = [atLeast, atMost].flatMap((bound) => bound?.value ?? []);
  const isAboutNow = isTime && (isNull === true || [...bounds, ...oneOf, ...noneOf].includes(now));
  return [
    ...[...oneOf, ...noneOf].filter((text) => text !== now).map((text) => ({ text })),
    ...bounds.filter((bound) => /^-?\d+$/.test(bound)).flatMap(around),
    ...(isAboutNow ? times : []),
    ...(isNull === true && !notNull ? [{ text: null }] : []),
  ];
}

/** A whole number and its neighbours: one of them meets a bound, and one doesn't. */
function around(bound: string): readonly GivenValue[] {
  return [-1n, 0n, 1n].map((distance) => ({ text: String(BigInt(bound) + distance) }));
}

const times: readonly GivenValue[] = [{ sql: "now() - interval '1 day'" }, { sql: "now() + interval '1 day'" }];
