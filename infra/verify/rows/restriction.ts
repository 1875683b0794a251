/**
 * What a value must satisfy for a condition to hold. Every property is optional; an empty restriction allows any value
 * except null.
 */
export interface Restriction {
  readonly isNull?: boolean;
  /** One of these constants. */
  readonly oneOf?: readonly string[];
  readonly noneOf?: readonly string[];
  readonly atLeast?: Bound;
  readonly atMost?: Bound;
  /** For a text: its length. For an array or JSON array: the number of elements. */
  readonly atLeastLong?: number;
  readonly atMostLong?: number;
  readonly matches?: readonly TextMatch[];
  /** A text must start with these parts, concatenated. */
  readonly prefix?: readonly PrefixPart[];
  readonly includes?: readonly string[];
  readonly letterCase?: "upper" | "lower";
  /** `object`, `array`, `string`, `number`, `boolean`. */
  readonly jsonType?: string;
  /** For an array: the allowed elements. */
  readonly elements?: readonly string[];
}

export interface Bound {
  readonly value: string;
  readonly isExclusive: boolean;
}

export interface TextMatch {
  /** A regular expression; LIKE patterns are converted. */
  readonly pattern: string;
  readonly ignoresCase: boolean;
  readonly isWanted: boolean;
}

export type PrefixPart = string | { readonly column: string };

/** A comparison of two columns: `left < right`, `left <= right`, `left = right` or `left <> right`. */
export interface Relation {
  readonly left: string;
  readonly operator: "<" | "<=" | "=" | "<>";
  readonly right: string;
}

/** One way to satisfy a condition. */
export interface Alternative {
  /** By column, or by `jsonPlace` for a value nested in a JSON column. */
  readonly restrictions: ReadonlyMap<string, Restriction>;
  readonly relations: readonly Relation[];
  /** The columns in conditions that could not be parsed, whose values are found by trying. */
  readonly unknown: readonly string[];
}

export const unrestricted: Alternative = { restrictions: new Map(), relations: [], unknown: [] };

export function only(place: string, restriction: Restriction): Alternative {
  return { restrictions: new Map([[place, restriction]]), relations: [], unknown: [] };
}

/** A longer list is only tried through if nothing better is known. */
const mostAlternatives = 24;

/** The path of a value nested in JSON: its column, and the keys that lead to it. */
export function jsonPlace(column: string, keys: readonly string[]): string {
  return [column, ...keys].join("\0");
}

/** Every combination in which both hold. */
export function conjoin(left: readonly Alternative[], right: readonly Alternative[]): readonly Alternative[] {
  const both = left.flatMap((one) => right.flatMap((other) => conjoinTwo(one, other) ?? []));
  return both.slice(0, mostAlternatives);
}

/** Every alternative in which at least one holds. */
export function disjoin(lists: readonly (readonly Alternative[])[]): readonly Alternative[] {
  return lists.flat().slice(0, mostAlternatives);
}

function conjoinTwo(left: Alternative, right: Alternative): Alternative | undefined {
  const restrictions = new Map(left.restrictions);
  for (const [column, restriction] of right.restrictions) {
    const there = restrictions.get(column);
    const both = there === undefined ? restriction : restrictBoth(there, restriction);
    if (both === undefined) return undefined;
    restrictions.set(column, both);
  }
  return {
    restrictions,
    relations: [...left.relations, ...right.relations],
    unknown: [...new Set([...left.unknown, ...right.unknown])],
  };
}

/** @returns undefined if no value satisfies both */
export function restrictBoth(left: Restriction, right: Restriction): Restriction | undefined {
  if (left.isNull === true || right.isNull === true) {
    return left.isNull === true && right.isNull === true ? { isNull: true } : undefined;
  }
  const noneOf = [...(left.noneOf ?? []), ...(right.noneOf ?? [])];
  const elements = intersect(left.elements, right.elements);
  const atLeast = tighter(left.atLeast, right.atLeast, 1);
  const atMost = tighter(left.atMost, right.atMost, -1);
  const fits = (value: string) => !noneOf.includes(value) && isAbove(value, atLeast) && isBelow(value, atMost);
  const oneOf = intersect(left.oneOf, right.oneOf)?.filter(fits);
  if (oneOf?.length === 0 || (atLeast !== undefined && !isBelow(atLeast.value, atMost))) return undefined;
  return {
    ...left,
    ...right,
    ...(oneOf && { oneOf }),
    ...(elements && { elements }),
    ...(noneOf.length > 0 && { noneOf }),
    ...(atLeast && { atLeast }),
    ...(atMost && { atMost }),
    ...longest(left, right),
    ...appended("matches", left.matches, right.matches),
    ...appended("includes", left.includes, right.includes),
  };
}

function longest(left: Restriction, right: Restriction): Restriction {
  const atLeastLong = Math.max(left.atLeastLong ?? 0, right.atLeastLong ?? 0);
  const atMostLong = Math.min(left.atMostLong ?? Infinity, right.atMostLong ?? Infinity);
  return { ...(atLeastLong > 0 && { atLeastLong }), ...(Number.isFinite(atMostLong) && { atMostLong }) };
}

function appended(key: "matches" | "includes", left: readonly unknown[] = [], right: readonly unknown[] = []) {
  return left.length + right.length === 0 ? {} : { [key]: [...left, ...right] };
}

function intersect(left: readonly string[] | undefined, right: readonly string[] | undefined) {
  if (left === undefined || right === undefined) return left ?? right;
  return left.filter((value) => right.includes(value));
}

/** @param direction 1: the higher of two lower bounds; -1: the lower of two upper bounds */
function tighter(left: Bound | undefined, right: Bound | undefined, direction: 1 | -1): Bound | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  const order = compareConstants(left.value, right.value) * direction;
  if (order === 0) return left.isExclusive ? left : right;
  return order > 0 ? left : right;
}

/** Compares numbers only: for other types, only the server knows the order. */
function isBelow(value: string, bound: Bound | undefined): boolean {
  const distance = bound === undefined ? Number.NaN : Number(value) - Number(bound.value);
  return Number.isNaN(distance) || distance < 0 || (distance === 0 && bound?.isExclusive !== true);
}

function isAbove(value: string, bound: Bound | undefined): boolean {
  return bound === undefined || isBelow(bound.value, { ...bound, value });
}

/** Compares as numbers if both are, and otherwise as text, which also orders dates. */
function compareConstants(left: string, right: string): number {
  const numbers = Number(left) - Number(right);
  if (left.trim() !== "" && right.trim() !== "" && !Number.isNaN(numbers)) return numbers;
  return left < right ? -1 : Number(left > right);
}
