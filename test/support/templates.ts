import { type SqlText, type SqlValue, sql, textOf } from "../../infra/sql/tag.ts";

/** The text of a `sql` value, as a resource is given it. */
export function render(text: SqlText): Promise<string> {
  return new Promise((resolve) => {
    const output = textOf(text);
    if (typeof output === "object" && "apply" in output) output.apply(resolve);
  });
}

/** A text as somebody writes it in a `sql` template. */
export function sourceText(text: string): string {
  return text.replaceAll(
    /(\\*)(`|\$\{)/g,
    (_, backslashes: string, mark: string) => `${backslashes}${backslashes}\\${mark}`,
  );
}

/** What JavaScript itself makes of a template's source with these values. */
export function evaluate(sources: readonly string[], values: readonly SqlValue[]): SqlText {
  const template = sources.map((source, index) => (index === 0 ? "" : `\${values[${index - 1}]}`) + source).join("");
  return new Function("sql", "values", `return sql\`${template}\``)(sql, values) as SqlText;
}
