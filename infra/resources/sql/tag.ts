import * as pulumi from "@pulumi/pulumi";
import { formatName, formatReference } from "./names.ts";
import { quoteLiteral } from "./quote.ts";
import { ColumnReference, TableReference } from "./reference.ts";
import { nameInSignature } from "./signature-name.ts";

/** A function resource, as far as the tag needs it. */
export interface CallableFunction {
  readonly signature: pulumi.Output<string>;
}

/** What may stand in a `sql` text: names are quoted, texts and numbers become literals, other `sql` texts go in as they are. */
export type SqlValue =
  | SqlText
  | TableReference
  | ColumnReference
  | CallableFunction
  | TableLike
  | string
  | number
  | boolean;

/** A typed table; its reference is under `$table`. */
export interface TableLike {
  readonly $table: TableReference;
}

/** A piece of SQL, with the resources it depends on. */
export class SqlText {
  constructor(readonly output: pulumi.Output<string>) {}
}

/**
 * Writes SQL with tables, columns and functions as values: names are quoted, a mistyped column is the compiler's error, and whatever
 * uses the text depends on the resources named in it.
 *
 * @example
 * new TableAccess("tasks", { table: app.tasks, policies: {
 *   tasks_select: { command: "select", using: sql`${app.tasks.organizationId} = any (array(select ${currentOrganizationIds}()))` },
 * } });
 */
export function sql(strings: TemplateStringsArray, ...values: readonly SqlValue[]): SqlText {
  const parts = values.map(render);
  const text = pulumi
    .all(parts)
    .apply((rendered) =>
      dedent(strings.reduce((result, string, index) => result + (rendered[index - 1] ?? "") + string)),
    );
  return new SqlText(text);
}

/** The text of a `sql` value, or a plain string as it is. */
export function textOf(value: SqlText | pulumi.Input<string>): pulumi.Input<string> {
  return value instanceof SqlText ? value.output : value;
}

/** The resources that make the tables named in a text; a plain value carries none. */
function render(value: SqlValue): pulumi.Input<string> {
  if (value instanceof SqlText) return value.output;
  if (value instanceof ColumnReference)
    return dependent(value.table, `${formatName(value.table.name)}.${formatName(value.name)}`);
  if (value instanceof TableReference) return dependent(value, formatReference(value));
  if (typeof value === "string") return quoteLiteral(value);
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if ("$table" in value) return render(value.$table);
  return value.signature.apply((signature) => nameInSignature(signature));
}

/** A known text that depends on the resource making the table. */
function dependent(table: TableReference, text: string): pulumi.Input<string> {
  return pulumi.Resource.isInstance(table.source) ? table.source.urn.apply(() => text) : text;
}

/** Takes away the indentation that the text has only because it stands in a program. */
function dedent(text: string): string {
  const lines = text.split("\n");
  const indents = lines.slice(1).flatMap((line) => (line.trim() === "" ? [] : [line.length - line.trimStart().length]));
  const indent = indents.length === 0 ? 0 : Math.min(...indents);
  return lines
    .map((line, index) => (index === 0 ? line : line.slice(indent)))
    .join("\n")
    .trim();
}
