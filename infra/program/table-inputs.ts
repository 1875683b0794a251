import * as pulumi from "@pulumi/pulumi";
import { formatReference } from "../sql/names.ts";
import { ColumnReference, TableReference } from "../sql/reference.ts";
import { SqlText, type TableLike } from "../sql/tag.ts";
import { isPlainObject } from "../sql/undefined-values.ts";
import type { SqlInput, TableInput } from "../sql/written.ts";
import type { Inputs } from "./inputs.ts";

export function tableName(table: TableInput): pulumi.Input<string> {
  const reference = referenceOf(table);
  return reference === undefined ? (table as pulumi.Input<string>) : formatReference(reference);
}

/** The text, if it is known before any resource is created. */
export function knownText(text: SqlInput | undefined, known: Inputs["known"]): string | undefined {
  return text instanceof SqlText ? (known(text.trimmed) ?? text.known) : known(text);
}

/** A copy of the arguments in which each table, column and SQL text is a string. */
export function asTexts(value: unknown): unknown {
  if (value instanceof SqlText) return value.trimmed;
  if (value instanceof ColumnReference) return value.name;
  const table = referenceOf(value);
  if (table !== undefined) return formatReference(table);
  if (Array.isArray(value)) return value.map(asTexts);
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, asTexts(inner)]));
}

/** The resources that create the tables and columns in the arguments, and those that SQL texts in them refer to. */
export function sourcesOf(value: unknown): readonly pulumi.Resource[] {
  const table = value instanceof ColumnReference ? value.table : referenceOf(value);
  if (table !== undefined) return pulumi.Resource.isInstance(table.source) ? [table.source] : [];
  return Array.isArray(value) || isPlainObject(value) ? Object.values(value).flatMap(sourcesOf) : [];
}

function referenceOf(value: unknown): TableReference | undefined {
  if (value instanceof TableReference) return value;
  return typeof value === "object" && value !== null && "$table" in value ? (value as TableLike).$table : undefined;
}
