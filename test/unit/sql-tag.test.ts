import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { quoteLiteral } from "../../infra/sql/quote.ts";
import { ColumnReference, TableReference } from "../../infra/sql/reference.ts";
import { type SqlText, type SqlValue, sql, textOf } from "../../infra/sql/tag.ts";
import { hostileText } from "../support/hostile.ts";
import { evaluate, render, sourceText } from "../support/templates.ts";

const tasks = new TableReference("public", "tasks");

describe("the sql tag", () => {
  it.each<[string, SqlText, string]>([
    [
      "backslashes",
      sql`email ~ '^\w+@example\.com$' or x = E'a\n\x41\u0041'`,
      String.raw`email ~ '^\w+@example\.com$' or x = E'a\n\x41\u0041'`,
    ],
    ["a backslash at the end", sql`x = '\\'`, String.raw`x = '\\'`],
    ["backslashes before what a template can't hold without one", sql`x = '\\\`\\\\\${\\'`, "x = '\\`\\\\${\\\\'"],
    ["what a template can't hold without a backslash", sql`x = '\`\${1}'`, "x = '`${1}'"],
    ["a dollar sign before a brace that opens nothing", sql`x ~ '^$\{\d'`, String.raw`x ~ '^$\{\d'`],
    [
      "a value's line breaks and indentation",
      sql`
        body = ${"a\n    b\n\tc"}
        or true`,
      "body = 'a\n    b\n\tc'\nor true",
    ],
    [
      "a string's line breaks and indentation",
      sql`
        body = 'a
          b'
          or "a
    b" = $$
  c$$`,
      "body = 'a\n          b'\n  or \"a\n    b\" = $$\n  c$$",
    ],
    [
      "a nested text's indentation",
      sql`
        (${sql`a
          or b`})
        and c`,
      "(a\nor b)\nand c",
    ],
    ["the white space of a nested text", sql`a${sql` and `}b`, "a and b"],
    [
      "white space that is a letter to PostgreSQL",
      evaluate([" \u00a0\u2003 = 1\ufeff "], []),
      "\u00a0\u2003 = 1\ufeff",
    ],
    ["a nested text that ends in a comment", sql`(${sql`a -- why`}) and b`, "(a -- why\n) and b"],
    ["two dashes in a string", sql`(${sql`a = '--'`})`, "(a = '--')"],
    ["a text that ends within a string", sql`  x = 'a  `, "x = 'a  "],
    ["negative numbers", sql`a -${-1} - ${0.5}`, "a -(-1) - 0.5"],
    [
      "tables and columns",
      sql`${new TableReference("My", "a.b")} ${new ColumnReference(tasks, 'q"')}`,
      '"My"."a.b" tasks."q"""',
    ],
    [
      "a function whose name and types hold parentheses",
      sql`${{ signature: pulumi.output('private."f(x"(public."a(b")') }}()`,
      'private."f(x"()',
    ],
  ])("gives on %s", async (_, text, expected) => {
    expect(await render(text)).toBe(expected);
  });

  it.each<[string, unknown, RegExp]>([
    ["a NUL character", "a\0b", /^value 1 of sql`x = \$\{…\}`: it holds a NUL character/],
    ["half of a surrogate pair", "a\ud83d", /: it is not valid Unicode/],
    ["no number", Number.NaN, /: NaN is no number/],
    ["nothing", undefined, /^value 1 of sql`x = \$\{…\}` is undefined: perhaps a table, column/],
    ["null", null, /: it must be a sql text, table.* \(test\/unit\/sql-tag\.test\.ts:\d+\)$/],
    ["an output", pulumi.output("a"), /: it must be a sql text, table/],
    ["a table whose name is too long", new TableReference("public", "x".repeat(64)), /: the name has 64 bytes/],
    ["a column without a name", new ColumnReference(tasks, ""), /: a name can't be empty/],
  ])("refuses %s", (_, value, problem) => {
    expect(() => sql`x = ${value as SqlValue}`).toThrow(problem);
  });

  it("takes nothing from a value or a literal, wherever it stands", async () => {
    const layout = fc.constantFrom(" ", "\n", "\n  ", "\n\t", "\n      ", " -- it's a comment\n    ", '/* " */');
    const literal = hostileText.map((text) => text.replaceAll("\r", "")).map(quoteLiteral);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(layout, literal, hostileText), { minLength: 1, maxLength: 4 }),
        async (pieces) => {
          const written = pieces.map(([space, text], index) => `${space}${index === 0 ? "" : "||"}${text}||${space}`);
          const text = evaluate(
            [...written.map(sourceText), "''"],
            pieces.map(([, , value]) => value),
          );
          const rendered = await render(text);
          let at = 0;
          for (const [, own, value] of pieces) {
            for (const expected of [own, quoteLiteral(value)]) {
              const found = rendered.indexOf(expected, at);
              expect(found).toBeGreaterThanOrEqual(0);
              expect(rendered.slice(at, found)).toMatch(/^(?:[ \t\n|]|-- it's a comment\n|\/\* " \*\/)*$/);
              at = found + expected.length;
            }
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it("leaves plain text alone", () => {
    expect(textOf("  a\n    b ")).toBe("  a\n    b ");
  });
});
