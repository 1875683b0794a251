import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import type { ColumnReference, TableReference } from "./reference.ts";
import type { SqlText, TableLike } from "./tag.ts";

/**
 * A table in a declaration: a typed table, a reference, or its name as `schema.name`.
 * @example
 * const tables: readonly TableInput[] = [app.tasks, new TableReference("public", "audit"), "storage.objects"];
 */
export type TableInput = TableLike | TableReference | pulumi.Input<string>;

/**
 * A condition or another piece of SQL: a `sql` text, or a string.
 * @example
 * const conditions: readonly SqlInput[] = [sql`${app.users.id} = (select ${currentUserId}())`, "true"];
 */
export type SqlInput = SqlText | pulumi.Input<string>;

/** The key under which a schema's type says what a program may write. It exists only in types. */
declare const written: unique symbol;

/** A text for which a TypeScript program may write values of another type. */
export type WrittenAs<Type> = z.ZodString & { readonly [written]: Type };

/** What such a text stands for in a program. */
export type TextMeaning = "table" | "column" | "sql" | "function";

const meaning = Symbol("meaning");

export function textWrittenAs<Type>(of?: TextMeaning): WrittenAs<Type> {
  return Object.assign(z.string(), { [meaning]: of }) as unknown as WrittenAs<Type>;
}

/** What a text of this schema stands for; undefined: it is just a text. */
export function meaningOf(schema: z.ZodType): TextMeaning | undefined {
  return (schema as { readonly [meaning]?: TextMeaning })[meaning];
}

/** What a program may write for a text of this schema. */
export type WrittenType<Schema> = Schema extends WrittenAs<infer Type> ? Type : never;

export const tableText = (): WrittenAs<TableInput> => textWrittenAs("table");

export const sqlText = (): WrittenAs<SqlInput> => textWrittenAs("sql");

export const columnText = (): WrittenAs<string | ColumnReference> => textWrittenAs("column");

/** The signature of a function. */
export const functionText = (): WrittenAs<pulumi.Input<string>> => textWrittenAs("function");

/**
 * An object with exactly these properties. In contrast to zod's own, it keeps their doc comments in the compiler's type
 * declarations.
 */
export function argsObject<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape, z.core.$strict> {
  return z.strictObject(shape) as z.ZodObject<Shape, z.core.$strict>;
}
