import type { Node } from "../../sql/parser.ts";
import { escapePattern } from "../../values/pattern.ts";
import { type FindColumn, lastName, type Operand, partsOf, readOperand } from "./operand.ts";
import {
  type Alternative,
  conjoin,
  jsonPlace,
  only,
  type PrefixPart,
  type Relation,
  type Restriction,
  type TextMatch,
  unrestricted,
} from "./restriction.ts";

/** The alternatives in which a comparison holds, or does not hold. Undefined: it can't be parsed. */
export function solveComparison(
  expression: Node,
  isWanted: boolean,
  find: FindColumn,
): readonly Alternative[] | undefined {
  // A unary operator.
  if (expression.lexpr === undefined || expression.rexpr === undefined) return undefined;
  const kind = String(expression.kind);
  const name = lastName(expression.name);
  const left = expression.lexpr as Node;
  const right = expression.rexpr as Node;
  if (kind === "AEXPR_NOT_DISTINCT" || kind === "AEXPR_DISTINCT") {
    return compare(kind === "AEXPR_DISTINCT" ? "<>" : "=", readOperand(left, find), readOperand(right, find), isWanted);
  }
  const counted = solveNullCount(left, name, right, isWanted, find) ?? solvePosition(left, name, right, isWanted, find);
  if (counted !== undefined) return counted;
  const operator = kind === "AEXPR_IN" && name === "=" ? "=" : name;
  return compare(operator, readOperand(left, find), readOperand(right, find), isWanted);
}

function compare(
  operator: string,
  left: Operand,
  right: Operand,
  isWanted: boolean,
): readonly Alternative[] | undefined {
  if (left.is !== "column") {
    const turned = flipped[operator];
    if (right.is === "column" && turned !== undefined) return compare(turned, right, left, isWanted);
    // 'a' = any (tags)
    if (operator === "=" && right.is === "column" && left.is === "constant" && left.text !== null && isWanted) {
      return [only(right.place, { includes: [left.text] })];
    }
    return undefined;
  }
  const meant = isWanted ? operator : negated[operator];
  if (meant === undefined) return undefined;
  if (left.of !== undefined) return compareFunction(left, meant, right);
  if (right.is === "list") return compareList(left.place, meant, right.items);
  if (right.is === "constant") return right.text === null ? undefined : compareConstant(left.place, meant, right.text);
  const parts = partsOf(right);
  if (parts.some((part) => part === undefined)) return compareColumns(left, meant, right);
  if (right.is === "column") return compareColumns(left, meant, right) ?? comparePrefix(left.place, meant, parts);
  return comparePrefix(left.place, meant, parts);
}

const flipped: Readonly<Record<string, string>> = { "=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<=" };

const negated: Readonly<Record<string, string>> = {
  ...{ "=": "<>", "<>": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<" },
  ...{ "~": "!~", "!~": "~", "~*": "!~*", "!~*": "~*", "~~": "!~~", "!~~": "~~", "~~*": "!~~*", "!~~*": "~~*" },
};

/** Compares a length with a number, `upper(a)` like `a`, and the type of a JSON value with a type's name. */
function compareFunction(
  { place, of }: Extract<Operand, { is: "column" }>,
  operator: string,
  right: Operand,
): readonly Alternative[] | undefined {
  if (right.is === "column" && right.place === place && operator === "=" && (of === "upper" || of === "lower")) {
    return [only(place, { letterCase: of })];
  }
  if (of === "jsonType" && operator === "=" && right.is === "constant" && right.text !== null) {
    return [only(place, { jsonType: right.text })];
  }
  if (of === "length" && right.is === "constant" && right.text !== null)
    return compareLength(place, operator, right.text);
  if (of === "upper" || of === "lower") {
    const folded = compare(operator, { is: "column", place }, right, true);
    return folded && conjoin(folded, [only(place, { letterCase: of })]);
  }
  return undefined;
}

function compareLength(place: string, operator: string, text: string): readonly Alternative[] | undefined {
  const length = Number(text);
  const restriction: Restriction | undefined = {
    "=": { atLeastLong: length, atMostLong: length },
    "<>": length === 0 ? { atLeastLong: 1 } : { atLeastLong: length + 1 },
    ">": { atLeastLong: length + 1 },
    ">=": { atLeastLong: length },
    "<": { atMostLong: length - 1 },
    "<=": { atMostLong: length },
  }[operator];
  return restriction && [only(place, restriction)];
}

function compareConstant(place: string, operator: string, value: string): readonly Alternative[] | undefined {
  const match = matchOf(operator, value);
  if (match !== undefined) return [only(place, { matches: [match] })];
  const restriction: Restriction | undefined = {
    "=": { oneOf: [value] },
    "<>": { noneOf: [value] },
    "<": { atMost: { value, isExclusive: true } },
    "<=": { atMost: { value, isExclusive: false } },
    ">": { atLeast: { value, isExclusive: true } },
    ">=": { atLeast: { value, isExclusive: false } },
    "^@": { prefix: [value] },
  }[operator];
  if (restriction !== undefined) return [only(place, restriction)];
  if (operator === "?") return [unrestrictedAt(jsonPlace(place, [value]))];
  return undefined;
}

function matchOf(operator: string, value: string): TextMatch | undefined {
  const plain = operator.replace("!", "");
  const isWanted = plain === operator;
  if (plain === "~" || plain === "~*") return { pattern: value, ignoresCase: plain === "~*", isWanted };
  if (plain === "~~" || plain === "~~*") return { pattern: likePattern(value), ignoresCase: plain === "~~*", isWanted };
  return undefined;
}

function likePattern(like: string): string {
  const parts = like.match(/\\.|[^\\]/gs) ?? [];
  const written = parts.map((part) => {
    if (part === "%") return ".*";
    return part === "_" ? "." : escapePattern(part.at(-1) ?? "");
  });
  return `^${written.join("")}$`;
}

function compareList(place: string, operator: string, items: readonly string[]): readonly Alternative[] | undefined {
  if (operator === "=") return [only(place, { oneOf: items })];
  if (operator === "<>") return [only(place, { noneOf: items })];
  if (operator === "<@") return [only(place, { elements: items })];
  if (operator === "@>") return [only(place, { includes: items })];
  if (operator === "&&" && items[0] !== undefined) return [only(place, { includes: items.slice(0, 1) })];
  if (operator === "?&")
    return [items.map((key) => [unrestrictedAt(jsonPlace(place, [key]))]).reduce(conjoin, [unrestricted])].flat();
  if (operator === "?|" && items[0] !== undefined) return [unrestrictedAt(jsonPlace(place, [items[0]]))];
  // like any (array['a%', 'b%'])
  const matches = items.flatMap((item) => matchOf(operator, item) ?? []);
  const isAny = matches.every(({ isWanted }) => isWanted);
  if (matches.length === 0) return undefined;
  return isAny ? matches.map((match) => only(place, { matches: [match] })) : [only(place, { matches })];
}

function unrestrictedAt(place: string): Alternative {
  return only(place, { isNull: false });
}

function compareColumns(
  { place: left }: Extract<Operand, { is: "column" }>,
  operator: string,
  right: Operand,
): readonly Alternative[] | undefined {
  if (right.is !== "column") return undefined;
  // `a = lower(a)` says the same as `lower(a) = a`.
  if (right.place === left && operator === "=" && (right.of === "lower" || right.of === "upper")) {
    return [only(left, { letterCase: right.of })];
  }
  if (right.of !== undefined) return undefined;
  const relations: Readonly<Record<string, Relation>> = {
    "<": { left, operator: "<", right: right.place },
    "<=": { left, operator: "<=", right: right.place },
    ">": { left: right.place, operator: "<", right: left },
    ">=": { left: right.place, operator: "<=", right: left },
    "=": { left: right.place, operator: "=", right: left },
    "<>": { left: right.place, operator: "<>", right: left },
  };
  const relation = relations[operator];
  return relation && [{ ...unrestricted, relations: [relation] }];
}

/** `path like organization || '/%'`, `starts_with(path, organization || '/')`. */
function comparePrefix(
  place: string,
  operator: string,
  parts: readonly (PrefixPart | undefined)[],
): readonly Alternative[] | undefined {
  const last = parts.at(-1);
  if (operator === "~~" && typeof last === "string" && last.endsWith("%")) {
    return [only(place, { prefix: [...(parts.slice(0, -1) as PrefixPart[]), last.slice(0, -1)] })];
  }
  return operator === "^@" ? [only(place, { prefix: parts as PrefixPart[] })] : undefined;
}

/** `num_nonnulls(a, b) = 1`: one alternative for each choice of columns that are not null. */
function solveNullCount(
  left: Node,
  operator: string,
  right: Node,
  isWanted: boolean,
  find: FindColumn,
): readonly Alternative[] | undefined {
  const { name, operands } = readCall(left, find);
  if (name !== "num_nonnulls" && name !== "num_nulls") return undefined;
  const places = operands.flatMap((operand) => (operand.is === "column" ? [operand.place] : []));
  const number = readOperand(right, find);
  if (places.length !== operands.length || places.length > 8 || number.is !== "constant") return undefined;
  const holds = numbers[operator];
  if (holds === undefined) return undefined;
  const choices = Array.from({ length: 2 ** places.length }, (_, bits) =>
    places.map((_, index) => (bits >> index) & 1),
  );
  return choices
    .filter((filled) => {
      const full = filled.filter((bit) => bit === 1).length;
      return holds(name === "num_nonnulls" ? full : places.length - full, Number(number.text)) === isWanted;
    })
    .sort((one, other) => sum(other) - sum(one))
    .map((filled) => ({
      ...unrestricted,
      restrictions: new Map(places.map((place, index) => [place, { isNull: filled[index] === 0 }])),
    }));
}

const numbers: Readonly<Record<string, (left: number, right: number) => boolean>> = {
  "=": (left, right) => left === right,
  "<>": (left, right) => left !== right,
  "<": (left, right) => left < right,
  "<=": (left, right) => left <= right,
  ">": (left, right) => left > right,
  ">=": (left, right) => left >= right,
};

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** `position('@' in email) > 0`: the text contains it, and does not start with it. */
function solvePosition(
  left: Node,
  operator: string,
  right: Node,
  isWanted: boolean,
  find: FindColumn,
): readonly Alternative[] | undefined {
  const { name, operands } = readCall(left, find);
  if (!["position", "strpos"].includes(name) || !isWanted) return undefined;
  const [text, part] = operands;
  const number = readOperand(right, find);
  if (text?.is !== "column" || part?.is !== "constant" || part.text === null || number.is !== "constant")
    return undefined;
  const isIn = (operator === ">" && number.text !== null) || (operator === "<>" && number.text === "0");
  return isIn ? [only(text.place, { includes: [part.text] })] : undefined;
}

/** A function call and its unqualified name, which is empty if the node is not a call. */
function readCall(node: Node, find: FindColumn) {
  const { funcname, args } = (node.FuncCall ?? {}) as Node;
  return { name: lastName(funcname), operands: ((args ?? []) as Node[]).map((arg) => readOperand(arg, find)) };
}
