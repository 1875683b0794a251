import * as pulumi from "@pulumi/pulumi";
import { callerPlace } from "./caller-place.ts";
import { endsInComment, joinParts, trimText } from "./layout.ts";
import { formatName, formatReference } from "./names.ts";
import { nameProblem, quoteLiteral, textProblem } from "./quote.ts";
import { ColumnReference, TableReference } from "./reference.ts";
import { nameInSignature } from "./signature-name.ts";
import { isUndefined } from "./undefined-values.ts";

/** What the tag needs from a function resource. */
interface CallableFunction {
  readonly signature: pulumi.Output<string>;
}

/**
 * A value in a `sql` text. Names of tables, columns and functions are quoted, strings, numbers and booleans become literals, other `sql` texts are
 * inserted as they are.
 * @example
 * const values: readonly SqlValue[] = [app.tasks.organizationId, app.tasks, currentUserId, "acme", 3, true, sql`now()`];
 */
export type SqlValue =
  | SqlText
  | TableReference
  | ColumnReference
  | CallableFunction
  | TableLike
  | string
  | number
  | boolean;

/**
 * A typed table, as `defineTable` makes them; its reference is under `$table`.
 * @example
 * const table: TableLike = app.tasks;
 */
export interface TableLike {
  readonly $table: TableReference;
}

/**
 * A piece of SQL with the resources that it depends on: what the `sql` tag returns.
 * @example
 * const isMember = (column: ColumnReference): SqlText => sql`${column} = any (array(select ${currentOrganizationIds}()))`;
 */
export class SqlText {
  /** The text that a resource gets, without surrounding white space. */
  readonly trimmed: pulumi.Output<string>;

  constructor(
    readonly output: pulumi.Output<string>,
    /** The text, as far as it is known before any resource exists: without the names of functions. */
    readonly known: string,
    /** The columns that are values in it, or in a text that it includes. */
    readonly columns: readonly ColumnReference[] = [],
  ) {
    this.trimmed = output.apply(trimText);
  }
}

/**
 * Writes SQL with tables, columns and functions as values. Names are quoted, a mistyped column is a compile error, and a resource that uses
 * the text depends on the resources that it names.
 *
 * The text is passed on as written, backslashes included: `'^\w+$'` needs no second one. Two things are escaped with a backslash: a backquote
 * (\`) and a dollar sign before a brace (\${). A string value becomes a literal with exactly its characters. The indentation of the program's
 * source is removed, except in strings, quoted names and values.
 *
 * Errors when the program runs: a string that PostgreSQL can't store (a NUL character, half a surrogate pair); a number that is NaN or
 * infinite; a value that is undefined.
 *
 * @example
 * new TableAccess("tasks", { table: app.tasks, policies: {
 *   tasks_select: { command: "select", using: sql`${app.tasks.organizationId} = any (array(select ${currentOrganizationIds}()))` },
 * } });
 * @see https://www.postgresql.org/docs/current/sql-syntax-lexical.html
 */
export function sql(strings: TemplateStringsArray, ...values: readonly SqlValue[]): SqlText {
  const template = strings.raw.join("${…}");
  const parts = values.map((value, index) => {
    const place = () => `value ${index + 1} of sql\`${template}\``;
    if (value === undefined) throw new pulumi.RunError(`${place()} ${isUndefined()}`);
    return render(value, place);
  });
  const text = pulumi
    .all(parts)
    .apply((rendered) =>
      joinParts(
        strings.raw.flatMap((written, index) => [
          ...(index === 0 ? [] : [{ text: rendered[index - 1] ?? "", isWritten: false }]),
          { text: withoutEscapes(written), isWritten: true },
        ]),
      ),
    );
  const known = strings.raw.map((written, index) => knownOf(values[index - 1]) + withoutEscapes(written));
  const columns = values.flatMap((value) =>
    value instanceof SqlText ? value.columns : value instanceof ColumnReference ? [value] : [],
  );
  return new SqlText(text, known.join(""), columns);
}

/** The text of a `sql` value; a plain string is returned as it is. */
export function textOf(value: SqlText | pulumi.Input<string>): pulumi.Input<string> {
  return value instanceof SqlText ? value.trimmed : value;
}

/**
 * A backslash is an escape only before a backquote or `${`, which a template can't contain otherwise. Anywhere else it
 * is literal.
 */
function withoutEscapes(written: string): string {
  return written.replaceAll(
    /(\\+)(`|\$\{)/g,
    (_, backslashes: string, mark: string) => "\\".repeat((backslashes.length - 1) / 2) + mark,
  );
}

/** A value in SQL. The name of a table depends on the resource that creates it. */
function render(value: SqlValue, place: () => string): pulumi.Input<string> {
  if (value instanceof SqlText) {
    // The text after it must not become part of the comment.
    return value.output.apply((text) => (endsInComment(text) ? `${text}\n` : text));
  }
  if (value instanceof ColumnReference) {
    refuse(nameProblem(value.name), place);
    return dependent(value.table, `${formatName(value.table.name)}.${formatName(value.name)}`, place);
  }
  if (value instanceof TableReference) return dependent(value, formatReference(value), place);
  if (typeof value === "string") {
    refuse(textProblem(value), place);
    return quoteLiteral(value);
  }
  if (typeof value === "number") {
    refuse(Number.isFinite(value) ? undefined : `${value} is no number`, place);
    // After another minus sign, it would start a comment.
    return value < 0 ? `(${value})` : String(value);
  }
  if (typeof value === "boolean") return String(value);
  if (typeof value === "object" && value !== null && !pulumi.Output.isInstance(value)) {
    if ("$table" in value) return render(value.$table, place);
    if ("signature" in value) return value.signature.apply((signature) => nameInSignature(signature));
  }
  return refuse("it must be a sql text, table, column, function, string, number or boolean", place);
}

function knownOf(value: SqlValue | undefined): string {
  if (value instanceof SqlText) return `${value.known}\n`;
  if (value instanceof ColumnReference) return `${formatName(value.table.name)}.${formatName(value.name)}`;
  if (value instanceof TableReference) return formatReference(value);
  if (typeof value === "string") return quoteLiteral(value);
  return typeof value === "object" && "$table" in value ? formatReference(value.$table) : " ";
}

/** A known text that depends on the resource that creates the table. */
function dependent(table: TableReference, text: string, place: () => string): pulumi.Input<string> {
  refuse(nameProblem(table.schema) ?? nameProblem(table.name), place);
  return pulumi.Resource.isInstance(table.source) ? table.source.urn.apply(() => text) : text;
}

function refuse(problem: undefined, place: () => string): void;
function refuse(problem: string, place: () => string): never;
function refuse(problem: string | undefined, place: () => string): void;
function refuse(problem: string | undefined, place: () => string): void {
  if (problem === undefined) return;
  const caller = callerPlace();
  throw new pulumi.RunError(`${place()}: ${problem}${caller === undefined ? "" : ` (${caller})`}`);
}
