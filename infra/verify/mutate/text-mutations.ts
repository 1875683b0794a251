import { nodesOf } from "../../sql/nodes.ts";
import type { Node } from "../../sql/parser.ts";
import { type QualifiedName, quoteIdentifier, quoteLiteral } from "../../sql/quote.ts";
import { conditionsIn } from "./conditions.ts";
import { meaningOf } from "./simplify.ts";
import { type Form, ParsedText } from "./tree.ts";

/** A changed text, and a description of the change. */
export interface TextMutation {
  readonly text: string;
  /** `true for "user_id = me()"` */
  readonly what: string;
}

/** The replacements for the names and values in a text. */
export interface Vocabulary {
  /** Other columns of the same type that identify a row or its owner. */
  readonly columnsLike: (table: QualifiedName, column: string) => readonly string[];
  /** Functions of the same schema with the same parameter and result types, as `schema.name`. */
  readonly functionsLike: (schema: string | undefined, name: string, argumentCount: number) => readonly string[];
  /** Other values of the same sort: for a role another role, for a bucket another bucket. */
  readonly valuesLike: (value: string) => readonly string[];
}

export interface TextContext {
  readonly form: Form;
  /** Whether the expression as a whole is a condition. */
  readonly isCondition: boolean;
  readonly vocabulary: Vocabulary;
  /** The table that unqualified column names belong to. */
  readonly table?: QualifiedName;
}

/**
 * Every text that differs from this one in one place: a condition made true, made false, negated or left out; another
 * column, function, value or position. Texts with the same meaning as this one, or as an earlier mutation, are left
 * out.
 * @throws the parser's error
 */
export function mutateText(text: string, context: TextContext): readonly TextMutation[] {
  const parsed = new ParsedText(text, context.form);
  const made = [
    ...conditionMutations(parsed, context),
    ...columnMutations(parsed, context),
    ...callMutations(parsed, context),
    ...valueMutations(parsed, context),
    ...numberMutations(parsed),
  ];
  const known = new Set([meaningOf(text, context.form)]);
  return made.filter((mutation) => {
    const meaning = meaningOf(mutation.text, context.form);
    if (known.has(meaning)) return false;
    known.add(meaning);
    return true;
  });
}

function conditionMutations(parsed: ParsedText, { isCondition }: TextContext): readonly TextMutation[] {
  const root = isCondition ? parsed.root : undefined;
  return conditionsIn(parsed.tree, root).flatMap(({ node, neutral }): readonly TextMutation[] => {
    const span = parsed.spanOf(node);
    if (span === undefined) return [];
    const words = quote(parsed.slice(...span));
    const replaced = (replacement: string) => parsed.replace(...span, replacement);
    const constants = (["true", "false"] as const).map((value) => ({
      text: replaced(value),
      what: neutral === value ? `without ${words}` : `${value} for ${words}`,
    }));
    return [...constants, { text: replaced(`(not (${parsed.slice(...span)}))`), what: `not ${words}` }];
  });
}

function columnMutations(parsed: ParsedText, { vocabulary, table }: TextContext): readonly TextMutation[] {
  const named = nodesOf(parsed.tree, "RangeVar").map((node) => ({
    name: String((node.alias as Node | undefined)?.aliasname ?? node.relname),
    table: { schema: String(node.schemaname ?? "public"), name: String(node.relname) },
  }));
  const tables = [...(table === undefined ? [] : [{ name: table.name, table }]), ...named];
  return nodesOf(parsed.tree, "ColumnRef").flatMap((node) => {
    const fields = ((node.fields ?? []) as Node[]).map(({ String: text }) => (text as Node | undefined)?.sval);
    const column = fields.at(-1);
    const qualifier = fields.at(-2);
    const candidates = tables.filter(({ name }) => qualifier === undefined || name === qualifier);
    const [others = []] = candidates
      .map((each) => vocabulary.columnsLike(each.table, String(column)))
      .filter(({ length }) => length > 0);
    const at = parsed.tokenAt(node);
    const last = at + 2 * (fields.length - 1);
    if (at < 0 || column === undefined) return [];
    return others.map((other) => ({
      text: parsed.replace(last, last, quoteIdentifier(other)),
      what: `${other} for ${column}${inPlace(parsed, at)}`,
    }));
  });
}

function callMutations(parsed: ParsedText, { vocabulary }: TextContext): readonly TextMutation[] {
  return nodesOf(parsed.tree, "FuncCall").flatMap((node) => {
    const names = ((node.funcname ?? []) as Node[]).map(({ String: text }) => String((text as Node).sval));
    const [name = "", schema] = [...names].reverse();
    const count = ((node.args ?? []) as Node[]).length;
    const at = parsed.tokenAt(node);
    if (at < 0 || parsed.tokens[at + 2 * (names.length - 1)]?.value !== name) return [];
    return vocabulary.functionsLike(schema, name, count).map((other) => ({
      text: parsed.replace(at, at + 2 * (names.length - 1), other.split(".").map(quoteIdentifier).join(".")),
      what: `${other} for ${names.join(".")}`,
    }));
  });
}

function valueMutations(parsed: ParsedText, { vocabulary }: TextContext): readonly TextMutation[] {
  const lists = [
    ...nodesOf(parsed.tree, "A_ArrayExpr").map((node) => (node.elements ?? []) as Node[]),
    ...nodesOf(parsed.tree, "List").map((node) => (node.items ?? []) as Node[]),
  ];
  const listed = lists.flatMap((items) => listMutations(parsed, items, vocabulary));
  const single = nodesOf(parsed.tree, "A_Const").flatMap((node) => {
    const value = (node.sval as Node | undefined)?.sval;
    const at = parsed.tokenAt(node);
    if (value === undefined || parsed.tokens[at]?.kind !== "string") return [];
    return vocabulary.valuesLike(String(value)).map((other) => ({
      text: parsed.replace(at, at, quoteLiteral(other)),
      what: `'${other}' for '${value}'${inPlace(parsed, at)}`,
    }));
  });
  return [...single, ...listed];
}

/** The list without each one of its values, and with each value that it lacks. */
function listMutations(
  parsed: ParsedText,
  items: readonly Node[],
  { valuesLike }: Vocabulary,
): readonly TextMutation[] {
  const values = items.map((item) => constantIn(item));
  const spans = items.map((item) => parsed.spanOf(item));
  const [last, lastValue] = [spans.at(-1), values.at(-1)];
  if (last === undefined || lastValue === undefined || values.includes(undefined) || spans.includes(undefined))
    return [];
  const whole = quote(parsed.slice(spans[0]?.[0] ?? 0, last[1]));
  const shorter =
    items.length < 2
      ? []
      : spans.flatMap((span, index) => {
          const [from, to] = span ?? [0, 0];
          const text = index === 0 ? parsed.replace(from, to + 1, "") : parsed.replace(from - 1, to, "");
          return [{ text, what: `without '${values[index]}' in ${whole}` }];
        });
  const longer = valuesLike(lastValue)
    .filter((other) => !values.includes(other) && !other.startsWith(lastValue))
    .map((other) => {
      const item = parsed.slice(...last);
      const added = item.replace(quoteLiteral(lastValue), () => quoteLiteral(other));
      return { text: parsed.replace(...last, `${item}, ${added}`), what: `'${other}' as well in ${whole}` };
    });
  return [...shorter, ...longer];
}

function constantIn(node: Node): string | undefined {
  const inner = (node.TypeCast as Node | undefined)?.arg as Node | undefined;
  const value = (((inner ?? node).A_Const as Node | undefined)?.sval as Node | undefined)?.sval;
  return value === undefined ? undefined : String(value);
}

/** Changes an index in a path or array, or a length. */
function numberMutations(parsed: ParsedText): readonly TextMutation[] {
  return nodesOf(parsed.tree, "A_Const").flatMap((node) => {
    const number = node.ival as Node | undefined;
    const at = parsed.tokenAt(node);
    if (number === undefined || parsed.tokens[at]?.kind !== "number") return [];
    const value = Number(number.ival ?? 0);
    return [
      { text: parsed.replace(at, at, String(value + 1)), what: `${value + 1} for ${value}${inPlace(parsed, at)}` },
    ];
  });
}

/** Tells equal parts of a text apart by quoting their surroundings. */
function inPlace(parsed: ParsedText, at: number): string {
  return ` in ${quote(parsed.slice(Math.max(0, at - 4), Math.min(parsed.tokens.length - 1, at + 6)))}`;
}

function quote(text: string): string {
  return `"${text.replaceAll(/\s+/g, " ")}"`;
}
