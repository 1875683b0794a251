import { orderedType } from "./ordered-values.ts";
import type { ColumnFacts, SchemaFacts } from "./schema-facts.ts";
import { domainChain } from "./table-conditions.ts";
import { wellKnownTexts } from "./text-values.ts";
import { typedValue } from "./values.ts";

/**
 * Values to try if the requirement of a condition is hidden, for example in a function's body.
 * @param constants those that occur in the condition
 */
export function wellKnownValues(
  column: ColumnFacts,
  number: number,
  constants: readonly string[],
  types: SchemaFacts["types"],
): readonly (string | null)[] {
  const type = domainChain(column.type, types).at(-1);
  if (type === undefined) return [null];
  const plain = { type: column.type, modifier: column.modifier, word: column.name, column: 0, restriction: {} };
  const made = (at: number) => typedValue({ ...plain, number: at, isUnique: false }, types);
  if (type.kind === "e") return type.labels;
  if (type.name === "bool") return ["true", "false"];
  const ordered = orderedType(type.name, column.modifier);
  if (ordered !== undefined) {
    const named = constants.map((text) => ordered.read(text)).filter((value) => !Number.isNaN(value));
    const near = named.flatMap((value) => [value, value + ordered.step, value - ordered.step]);
    return distinct(
      [...near, ...numbers(type.name)]
        .filter((value) => value >= ordered.least && value <= ordered.most)
        .map(ordered.write),
    );
  }
  if (type.name === "json" || type.name === "jsonb")
    return distinct([
      ...constants.filter(isJson),
      "{}",
      "[]",
      '""',
      "0",
      "true",
      '{"a": 1}',
      "[1]",
      '["a"]',
      '[{"a": 1}]',
    ]);
  if (type.category === "A")
    return distinct([made(number), "{}", ...constants.map((text) => `{${JSON.stringify(text)}}`)]);
  if (type.category === "S") return distinct([made(number), ...constants, ...wellKnownTexts(number)]);
  return distinct(Array.from({ length: 24 }, (_, index) => made(number + index)));
}

function numbers(type: string): readonly number[] {
  if (type === "date" || type.startsWith("timestamp")) {
    return ["2024-01-01", "2024-05-06", "2024-05-11", "2000-01-01", "2090-01-01", "2024-12-31", "2024-02-29"].map(
      Date.parse,
    );
  }
  return [0, 1, 2, 3, 4, 5, 10, 12, 60, 100, 1000, 24, 7, -1, 0.5, 365, 2024, 3600, 10_000];
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function distinct<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values)];
}
