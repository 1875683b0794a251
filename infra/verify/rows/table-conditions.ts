import { solveExpression, solveTrigger } from "./condition.ts";
import type { FindColumn } from "./operand.ts";
import { type Alternative, conjoin, disjoin, unrestricted } from "./restriction.ts";
import type { ColumnFacts, SchemaFacts, TableFacts, TypeFacts } from "./schema-facts.ts";

/** The conditions that a table's rows have to meet. */
export interface TableConditions {
  /**
   * The ways for a row to meet all conditions that could be parsed: checks, those of the columns' domains, a
   * partition's bound, and what triggers accept.
   */
  readonly alternatives: readonly Alternative[];
  readonly unread: readonly UnreadCondition[];
}

/** A condition that could not be parsed, for whose columns values are tried. */
export interface UnreadCondition {
  /**
   * The names that the server's errors mention. A partition's bound and most triggers have none, which is an empty
   * name.
   */
  readonly constraints: readonly string[];
  readonly columns: readonly string[];
  /** The texts that may contain values to try. */
  readonly texts: readonly string[];
}

interface Condition {
  readonly constraint: string;
  readonly text: string;
  readonly ways: readonly Alternative[];
}

export function tableConditions(table: TableFacts, types: SchemaFacts["types"]): TableConditions {
  const names = new Set(table.columns.map(({ name }) => name));
  const find: FindColumn = (parts) => {
    const name = parts.at(-1) ?? "";
    return names.has(name) && parts[0] !== "old" ? name : undefined;
  };
  const bounds = table.bound === undefined ? table.partitions : [table.bound, ...table.partitions];
  const conditions: readonly Condition[] = [
    ...table.checks.map(({ name, expression }) =>
      conditionOf(name, expression, () => solveExpression(expression, find)),
    ),
    ...table.columns.flatMap((column) => domainConditions(column, types)),
    ...(table.bound === undefined
      ? []
      : [conditionOf("", table.bound, () => solveExpression(table.bound ?? "", find))]),
    ...(table.partitions.length === 0
      ? []
      : [conditionOf("", bounds.join(" "), () => disjoin(table.partitions.map((one) => solveExpression(one, find))))]),
  ];
  const held = conditions.reduce<readonly Alternative[]>((ways, { ways: more }) => conjoin(ways, more), [unrestricted]);
  const triggers = table.triggers.map(({ definition }) =>
    conditionOf("", definition, () => solveTrigger(definition, find)),
  );
  // A trigger with a WHEN condition may refuse rows that meet it, so rows that don't are preferred, if there are any.
  const quiet = triggers.reduce<readonly Alternative[]>((ways, { ways: more }) => {
    const both = conjoin(ways, more);
    return both.length === 0 ? ways : both;
  }, held);
  // If the conditions seem to exclude each other, they were misunderstood.
  const isMisread = held.length === 0;
  return {
    alternatives: isMisread ? [unrestricted] : quiet,
    unread: unreadOf([...conditions, ...triggers], isMisread, names),
  };
}

/** Merges the conditions that share a column. */
function unreadOf(
  conditions: readonly Condition[],
  isMisread: boolean,
  names: ReadonlySet<string>,
): readonly UnreadCondition[] {
  let found: readonly UnreadCondition[] = [];
  for (const { constraint, text, ways } of conditions) {
    const concerned = ways.flatMap(({ unknown, restrictions }) => [
      ...unknown,
      ...(isMisread ? restrictions.keys() : []),
    ]);
    const columns = [...new Set(concerned)].filter((name) => names.has(name));
    if (columns.length === 0) continue;
    const shares = (one: UnreadCondition) => one.columns.some((name) => columns.includes(name));
    const all = [...found.filter(shares), { constraints: [constraint], columns, texts: [text] }];
    const merged = {
      constraints: all.flatMap(({ constraints }) => constraints),
      columns: [...new Set(all.flatMap((one) => one.columns))],
      texts: all.flatMap(({ texts }) => texts),
    };
    found = [...found.filter((one) => !shares(one)), merged];
  }
  return found;
}

/** The chain of types from a domain to its base type; only the type itself for any other type. */
export function domainChain(type: number, types: SchemaFacts["types"]): readonly TypeFacts[] {
  const facts = types.get(type);
  if (facts === undefined) return [];
  return facts.kind === "d" && facts.of !== undefined ? [facts, ...domainChain(facts.of, types)] : [facts];
}

function domainConditions(column: ColumnFacts, types: SchemaFacts["types"]): readonly Condition[] {
  const find: FindColumn = ([name]) => (name === "value" ? column.name : undefined);
  return domainChain(column.type, types).flatMap(({ checks }) =>
    checks.map(({ name, expression }) => conditionOf(name, expression, () => solveExpression(expression, find))),
  );
}

/** A condition that the parser or the solver can't handle is left to the server. */
function conditionOf(constraint: string, text: string, solve: () => readonly Alternative[]): Condition {
  try {
    return { constraint, text, ways: solve() };
  } catch {
    return { constraint, text, ways: [unrestricted] };
  }
}
