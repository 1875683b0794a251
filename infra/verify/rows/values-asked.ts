import { nodesOf } from "../../sql/nodes.ts";
import type { Node } from "../../sql/parser.ts";
import { solveComparison } from "./comparison.ts";
import { expressionOf } from "./condition.ts";
import { type FindColumn, now, readOperand } from "./operand.ts";
import type { Restriction } from "./restriction.ts";
import type { GivenValue } from "./row-request.ts";
import type { ColumnFacts, TableFacts } from "./schema-facts.ts";

/**
 * The values, by column, that conditions as printed by PostgreSQL test for: those that satisfy a comparison, and those
 * that don't. Conditions on several tables qualify each column with its table. A condition that can't be parsed
 * contributes nothing. Await `loadParser` first.
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

/**
 * What each comparison in a condition, including those in subqueries, requires of a column, and what its opposite
 * requires.
 */
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

/** An integer and its neighbours. For a bound, one of them satisfies the comparison and one does not. */
function around(bound: string): readonly GivenValue[] {
  return [-1n, 0n, 1n].map((distance) => ({ text: String(BigInt(bound) + distance) }));
}

const times: readonly GivenValue[] = [{ sql: "now() - interval '1 day'" }, { sql: "now() + interval '1 day'" }];
