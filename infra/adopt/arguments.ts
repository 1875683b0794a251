import { z } from "zod";
import { parseQualified, type QualifiedName, qualifiedNameProblem } from "../sql/quote.ts";
import { meaningOf } from "../sql/written.ts";
import { isProperties, type Properties, type Value } from "../values/properties.ts";
import type { Literal } from "./literal.ts";

/** How a program writes what arguments name. What it has no name for stays a text. */
export interface Scope {
  table(table: QualifiedName): Literal | undefined;
  column(table: QualifiedName, column: string): Literal | undefined;
  /** @param table the one whose rows the text is about */
  sql(text: string, table: QualifiedName | undefined): Literal;
}

/** A kind's arguments as code: tables, columns and SQL by the program's own names for them. */
export function argumentsAsCode(input: z.ZodObject, args: Properties, scope: Scope): Literal {
  const named = Object.entries(input.shape).find(([, type]) => meaningOf(type as z.ZodType) === "table");
  const text = named && args[named[0]];
  const table = typeof text === "string" && qualifiedNameProblem(text) === undefined ? parseQualified(text) : undefined;
  return asCode(input, args, { ...scope, of: table });
}

type ScopeOfTable = Scope & { readonly of: QualifiedName | undefined };

function asCode(type: z.ZodType, value: Value, scope: ScopeOfTable): Literal {
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
  const inner = (key: string): z.ZodType | undefined => {
    if (type instanceof z.ZodObject) return type.shape[key] as z.ZodType | undefined;
    return type instanceof z.ZodRecord ? (type.valueType as z.ZodType) : undefined;
  };
  // What stands under a table's name is about that table.
  const ofKey = (key: string) =>
    scope.of === undefined &&
    type instanceof z.ZodRecord &&
    qualifiedNameProblem(key) === undefined &&
    key.includes(".")
      ? { ...scope, of: parseQualified(key) }
      : scope;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => {
      const innerType = inner(key);
      return [key, innerType === undefined ? one : asCode(innerType, one, ofKey(key))];
    }),
  );
}

function textAsCode(type: z.ZodType, text: string, scope: ScopeOfTable): Literal {
  switch (meaningOf(type)) {
    case "table":
      return (qualifiedNameProblem(text) === undefined ? scope.table(parseQualified(text)) : undefined) ?? text;
    case "column":
      return (scope.of && scope.column(scope.of, text)) ?? text;
    case "sql":
      return scope.sql(text, scope.of);
    default:
      return text;
  }
}
