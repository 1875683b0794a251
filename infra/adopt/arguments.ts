import { z } from "zod";
import { parseQualified, type QualifiedName, qualifiedNameProblem } from "../sql/quote.ts";
import { splitSignature } from "../sql/signature.ts";
import { meaningOf } from "../sql/written.ts";
import { isProperties, type Properties, type Value } from "../values/properties.ts";
import { quoteString } from "../values/source-strings.ts";
import { type ExpressionScope, writeExpression } from "./code/expression/expression.ts";
import { Code, type Literal } from "./code/literal.ts";

/** What a program calls the tables, columns and functions in arguments. Those that it has no value for stay texts. */
export type Scope = Pick<ExpressionScope, "names" | "function">;

/** A kind's arguments as code. Await `loadParser` first. */
export function argumentsAsCode(input: z.ZodObject, args: Properties, scope: Scope): Literal {
  const [property = ""] =
    Object.entries(input.shape).find(([, type]) => meaningOf(type as z.ZodType) === "table") ?? [];
  return asCode(input, args, { ...scope, ...tableNamed(args[property]) });
}

type Inner = ExpressionScope & {
  /**
   * Whether the value is under a key that every object has, such as `toString`. There the compiler expects the type of
   * that inherited property, so enum values are written with `as const`.
   */
  readonly isUntyped?: boolean;
};

function asCode(type: z.ZodType, value: Value, scope: Inner): Literal {
  if (type instanceof z.ZodOptional || type instanceof z.ZodDefault)
    return asCode(type.unwrap() as z.ZodType, value, scope);
  if (type instanceof z.ZodUnion) {
    const option = (type.options as z.ZodType[]).find((each) => each.safeParse(value).success);
    return option === undefined ? value : asCode(option, value, scope);
  }
  if (typeof value === "string") return textAsCode(type, value, scope);
  if (Array.isArray(value) && type instanceof z.ZodArray)
    return value.map((one: Value) => asCode(type.element as z.ZodType, one, scope));
  if (!isProperties(value)) return value;
  const entries = Object.entries(value).map(([key, inner]) => {
    if (type instanceof z.ZodObject) return [key, asCode(type.shape[key] as z.ZodType, inner, scope)];
    // The value under a table's name concerns that table.
    const named = scope.table === undefined ? tableNamed(key) : {};
    const innerScope = { ...scope, ...named, isUntyped: scope.isUntyped === true || key in Object.prototype };
    return [key, type instanceof z.ZodRecord ? asCode(type.valueType as z.ZodType, inner, innerScope) : inner];
  });
  return Object.fromEntries(entries);
}

function textAsCode(type: z.ZodType, text: string, scope: Inner): Literal {
  switch (meaningOf(type)) {
    case "table": {
      const { table } = tableNamed(text);
      return (table && scope.names.table(table)) ?? text;
    }
    case "column":
      return (scope.table && scope.names.column(scope.table, text)) ?? text;
    case "function": {
      const constant = scope.function(splitSignature(text));
      return constant === undefined ? text : new Code(`${constant.text}.signature`, constant.uses);
    }
    case "sql":
      return writeExpression(text, scope);
    default:
      return scope.isUntyped && type instanceof z.ZodEnum ? new Code(`${quoteString(text)} as const`) : text;
  }
}

function tableNamed(text: Value | undefined): { readonly table?: QualifiedName } {
  const isTable = typeof text === "string" && text.includes(".") && qualifiedNameProblem(text) === undefined;
  return isTable ? { table: parseQualified(text) } : {};
}
