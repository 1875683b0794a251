import * as pulumi from "@pulumi/pulumi";
import { formatReference } from "../sql/names.ts";
import { TableReference } from "../sql/reference.ts";
import { SqlText, type TableLike, textOf } from "../sql/tag.ts";
import type { Inputs } from "./inputs.ts";

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

export function tableName(table: TableInput): pulumi.Input<string> {
  const reference = referenceOf(table);
  return reference === undefined ? (table as pulumi.Input<string>) : formatReference(reference);
}

/** The resources that make the tables, as far as the tables name them. */
export function sourcesOf(tables: readonly TableInput[]): readonly pulumi.Resource[] {
  return tables
    .map((table) => referenceOf(table)?.source)
    .filter((source): source is pulumi.Resource => pulumi.Resource.isInstance(source));
}

/** What is known of a text before any resource is made. */
export function knownText(text: SqlInput | undefined, known: Inputs["known"]): string | undefined {
  return text instanceof SqlText ? (known(text.trimmed) ?? text.known) : known(text);
}

/** A copy of the arguments in which each `sql` value is its text. */
export function withTexts<T extends object>(properties: T): T {
  return Object.fromEntries(
    Object.entries(properties).map(([key, value]) => [key, isText(value) ? textOf(value) : value]),
  ) as T;
}

function isText(value: unknown): value is SqlText {
  return value instanceof SqlText;
}

function referenceOf(table: TableInput): TableReference | undefined {
  if (table instanceof TableReference) return table;
  return typeof table === "object" && table !== null && "$table" in table ? table.$table : undefined;
}
