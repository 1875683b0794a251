import type { PlannedValues, Trials } from "./planned-row.ts";
import { type AttemptOptions, type RowOutline, rowValues } from "./row-values.ts";
import type { SchemaFacts } from "./schema-facts.ts";
import type { UnreadCondition } from "./table-conditions.ts";
import { wellKnownValues } from "./trial-values.ts";

/** The attempts to make in turn until the server accepts the row, likeliest first. */
export function rowAttempts(outline: RowOutline, types: SchemaFacts["types"]): readonly PlannedValues[] {
  const { conditions, number, table } = outline;
  const [first, ...others] = conditions.alternatives;
  if (first === undefined) return [];
  const make = (options: Partial<AttemptOptions> = {}) =>
    rowValues(outline, { alternative: first, number, usesDefaults: true, ...options }, types);
  const isHashed = [...table.partitions, table.bound ?? ""].some((bound) =>
    bound.includes("satisfies_hash_partition("),
  );
  return [
    make(),
    make({ usesDefaults: false, number: number + 1 }),
    ...others.map((alternative, index) => make({ alternative, number: number + 2 + (index % 4) })),
    make({ nulls: "own" }),
    make({ nulls: "all" }),
    ...Array.from({ length: isHashed ? 40 : 2 }, (_, index) =>
      make({ number: number + 6 + index, usesDefaults: false }),
    ),
  ];
}

/** The most combinations of values that are tried for a condition that can't be parsed. */
const mostTrials = 300;

/** The values to try in turn for each condition that can't be parsed. */
export function rowTrials(outline: RowOutline, types: SchemaFacts["types"]): readonly Trials[] {
  return outline.conditions.unread.flatMap((unread) => {
    const values = combinations(unread, outline, types);
    return values.length === 0 ? [] : [{ constraints: unread.constraints, values }];
  });
}

function combinations(
  { columns: unread, texts }: UnreadCondition,
  { table, given, references, number }: RowOutline,
  types: SchemaFacts["types"],
): readonly PlannedValues[] {
  const columns = table.columns.filter(
    ({ name, isGenerated }) => unread.includes(name) && !isGenerated && !given.has(name) && !references.has(name),
  );
  if (columns.length === 0) return [];
  const each = Math.max(Math.floor(mostTrials ** (1 / columns.length)), 2);
  const constants = [...new Set(texts.flatMap(constantsIn))];
  return columns.reduce<readonly PlannedValues[]>(
    (combined, column) =>
      wellKnownValues(column, number, constants, types)
        .slice(0, each)
        .flatMap((value) => combined.map((one) => new Map([...one, [column.name, value]])))
        .slice(0, mostTrials),
    [new Map()],
  );
}

function constantsIn(expression: string): readonly string[] {
  const quoted = [...expression.matchAll(/'((?:[^']|'')*)'/g)].map(([, text = ""]) => text.replaceAll("''", "'"));
  return [...quoted, ...(expression.match(/-?\b\d+(\.\d+)?\b/g) ?? [])];
}
