import { beforeAll, describe, expect, it } from "vitest";
import { loadParser } from "../../infra/sql/parser.ts";
import type { ColumnFacts } from "../../infra/verify/rows/schema-facts.ts";
import { valuesAsked } from "../../infra/verify/rows/values-asked.ts";

describe("the values that conditions of policies ask about", () => {
  beforeAll(loadParser);

  const yesterday = { sql: "now() - interval '1 day'" };
  const tomorrow = { sql: "now() + interval '1 day'" };
  const types = {
    status: "text",
    level: "integer",
    is_open: "boolean",
    deleted_at: "timestamp with time zone",
    id: "uuid",
  };
  const columns = Object.entries(types).map(([name, typeText]) => ({ name, typeText, notNull: name !== "deleted_at" }));
  const table = { name: "tasks", columns: columns as unknown as ColumnFacts[] };
  const ask = (...conditions: string[]) => Object.fromEntries(valuesAsked(conditions, table));

  it.each([
    ["status = 'it''s'::text", { status: [{ text: "it's" }] }],
    ["'open' = status", { status: [{ text: "open" }] }],
    ["NOT (status <> ALL (ARRAY['a'::text, 'b'::text]))", { status: [{ text: "a" }, { text: "b" }] }],
    ["level >= 3", { level: [{ text: "2" }, { text: "3" }, { text: "4" }] }],
    ["level > (- level)", {}],
    ["is_open", { is_open: [{ text: "true" }, { text: "false" }] }],
    ["deleted_at IS NULL", { deleted_at: [yesterday, tomorrow, { text: null }] }],
    ["deleted_at > now() - '00:05:00'::interval", { deleted_at: [yesterday, tomorrow] }],
    [
      "EXISTS ( SELECT 1 FROM other WHERE other.id = tasks.id AND tasks.status = 'own' AND other.status = 'theirs')",
      { status: [{ text: "own" }] },
    ],
    ["(status || '') = 'unread'", {}],
    ["not one expression (", {}],
  ])("of %s are those with which it holds and those with which it does not", (condition, values) => {
    const asked = Object.entries(ask(condition)).filter(([, found]) => found.length > 0);
    expect(Object.fromEntries(asked)).toEqual(values);
  });

  it("of several are told once", () => {
    expect(ask("status = 'a'", "status IN ('a', 'b')")).toEqual({ status: [{ text: "a" }, { text: "b" }] });
  });
});
