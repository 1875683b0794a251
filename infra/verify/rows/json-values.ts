import type { Restriction } from "./restriction.ts";
import { textValue } from "./text-values.ts";

/**
 * A JSON value that meets a restriction, and the restrictions on values nested in it.
 * @param wish.inside by the keys that lead to a nested value, joined by a NUL
 */
export function jsonValue(wish: {
  readonly word: string;
  readonly number: number;
  readonly restriction: Restriction;
  readonly inside?: ReadonlyMap<string, Restriction>;
}): string {
  const { oneOf } = wish.restriction;
  if (oneOf !== undefined) return oneOf[wish.number % oneOf.length] ?? "{}";
  return JSON.stringify(build(wish.restriction, wish.inside ?? new Map(), wish.word, wish.number));
}

function build(
  restriction: Restriction,
  inside: ReadonlyMap<string, Restriction>,
  word: string,
  number: number,
): unknown {
  const keys = new Set([...inside.keys()].map((path) => path.split("\0")[0] ?? ""));
  if (keys.size > 0) {
    const entries = [...keys].map((key) => {
      const below = new Map(
        [...inside].flatMap(([path, each]) =>
          path.startsWith(`${key}\0`) ? [[path.slice(key.length + 1), each]] : [],
        ),
      );
      return [key, build(inside.get(key) ?? {}, below, key, number)] as const;
    });
    return Object.fromEntries(entries.filter(([key]) => inside.get(key)?.isNull !== true));
  }
  return leaf(restriction, word, number);
}

function leaf(restriction: Restriction, word: string, number: number): unknown {
  const { jsonType, oneOf, atLeast, atMost, atLeastLong = 0, matches, atMostLong, includes = [] } = restriction;
  if (oneOf !== undefined) {
    const value = oneOf[number % oneOf.length] ?? "";
    return /^(true|false)$/.test(value) ? value === "true" : value;
  }
  if (jsonType === "array" || (jsonType === undefined && atLeastLong > 0 && word === "")) {
    return Array.from({ length: Math.max(atLeastLong, 1) }, () => number);
  }
  if (jsonType === "number" || atLeast !== undefined || atMost !== undefined) return numberIn(restriction, number);
  if (jsonType === "boolean") return true;
  const isText =
    jsonType === "string" || matches !== undefined || atMostLong !== undefined || restriction.isNull === false;
  if (isText) return textValue({ word, number, longest: 100, restriction });
  if (jsonType === undefined && atLeastLong > 0) return Array.from({ length: atLeastLong }, () => number);
  if (includes.length > 0) return JSON.parse(includes[0] ?? "{}") as unknown;
  return { number };
}

function numberIn({ atLeast, atMost }: Restriction, number: number): number {
  const least = atLeast === undefined ? undefined : Number(atLeast.value) + Number(atLeast.isExclusive);
  const most = atMost === undefined ? undefined : Number(atMost.value) - Number(atMost.isExclusive);
  if (least !== undefined) return most !== undefined && least + (number % 3) > most ? least : least + (number % 3);
  return most === undefined ? number : most - (number % 3);
}
