import { jsonValue } from "./json-values.ts";
import { orderedType, orderedValue } from "./ordered-values.ts";
import { plainValue } from "./plain-values.ts";
import type { Restriction } from "./restriction.ts";
import type { SchemaFacts, TypeFacts } from "./schema-facts.ts";
import { textValue } from "./text-values.ts";

export interface Wish {
  readonly type: number;
  /** The type modifier of `varchar(n)`, `numeric(p, s)`; -1: none. */
  readonly modifier: number;
  readonly word: string;
  /** Different numbers yield different values, if the type has enough of them. */
  readonly number: number;
  /** The column's position. In an ordered type, later columns get greater values. */
  readonly column: number;
  readonly isUnique: boolean;
  readonly restriction: Restriction;
  /** Restrictions on values nested in a JSON value. */
  readonly inside?: ReadonlyMap<string, Restriction>;
}

/** A value, as text that PostgreSQL accepts for the type. */
export function typedValue(wish: Wish, types: SchemaFacts["types"]): string | null {
  const type = types.get(wish.type);
  if (type === undefined) return null;
  if (wish.restriction.isNull === true) return null;
  if (type.kind === "d" && type.of !== undefined) {
    return typedValue(
      { ...wish, type: type.of, modifier: type.modifier === -1 ? wish.modifier : type.modifier },
      types,
    );
  }
  if (type.kind === "e") return pick(type.labels, wish);
  if (type.kind === "c") return compositeValue(type, wish, types);
  if (type.kind === "r" || type.kind === "m") return rangeValue(type, wish, types);
  if (type.category === "A" && type.of !== undefined) return arrayValue(type.of, wish, types);
  if (type.name === "bool") return pick(["true", "false"], wish);
  if (type.name === "json" || type.name === "jsonb") return jsonValue(wish);
  const ordered = orderedType(type.name, wish.modifier);
  if (ordered !== undefined) return ordered.write(orderedValue(ordered, wish));
  const plain = plainValue(type, wish);
  if (plain !== undefined) return plain;
  return textValue({ ...wish, longest: longestText(type, wish.modifier) });
}

function longestText({ name }: TypeFacts, modifier: number): number {
  if (name === "char") return 1;
  if (name === "name") return 63;
  return modifier > 4 ? modifier - 4 : 200;
}

function pick(choices: readonly string[], { restriction, number }: Wish): string | null {
  const { oneOf = choices, noneOf = [] } = restriction;
  const canonical = (text: string) => ({ t: "true", f: "false" })[text] ?? text;
  const wanted = oneOf.map(canonical).filter((choice) => choices.includes(choice) && !noneOf.includes(choice));
  return wanted[number % wanted.length] ?? choices[0] ?? null;
}

function compositeValue(type: TypeFacts, wish: Wish, types: SchemaFacts["types"]): string {
  const fields = type.fields.map((field, index) =>
    typedValue(
      {
        ...{ type: field.type, modifier: field.modifier, word: field.name, number: wish.number, column: index },
        ...{ isUnique: false, restriction: {} },
      },
      types,
    ),
  );
  return `(${fields.map((field) => (field === null ? "" : quoted(field))).join(",")})`;
}

function arrayValue(of: number, wish: Wish, types: SchemaFacts["types"]): string {
  const { elements, includes = [], atLeastLong = 1, atMostLong = Infinity, oneOf } = wish.restriction;
  if (oneOf !== undefined) return oneOf[wish.number % oneOf.length] ?? "{}";
  const count = Math.min(Math.max(atLeastLong, includes.length), atMostLong);
  const values = Array.from({ length: count }, (_, index) => {
    if (includes[index] !== undefined) return includes[index];
    if (elements !== undefined && elements.length > 0) return elements[(wish.number + index) % elements.length] ?? "";
    return typedValue({ ...wish, type: of, number: wish.number + index, restriction: {} }, types);
  });
  return `{${values.map((value) => (value === null ? "null" : quoted(value))).join(",")}}`;
}

/** Ranges of different rows don't overlap. */
function rangeValue(type: TypeFacts, wish: Wish, types: SchemaFacts["types"]): string {
  if (type.kind === "m") return `{${typedValue({ ...wish, type: type.of ?? 0, restriction: {} }, types)}}`;
  const { oneOf } = wish.restriction;
  if (oneOf !== undefined) return oneOf[wish.number % oneOf.length] ?? "empty";
  const bound = { ...wish, type: type.of ?? 0, modifier: -1, isUnique: true, restriction: {} };
  const lower = typedValue(bound, types);
  const upper = typedValue({ ...bound, column: wish.column + 1 }, types);
  return `[${quoted(lower ?? "")},${quoted(upper ?? "")})`;
}

/** Quotes an element for the text form of arrays, composites and ranges. */
function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}
