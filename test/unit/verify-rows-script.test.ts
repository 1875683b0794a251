import { describe, expect, it } from "vitest";
import type { MadeRow } from "../../infra/verify/rows/made-rows.ts";
import type { TableFacts } from "../../infra/verify/rows/schema-facts.ts";
import { rowsScript } from "../../infra/verify/rows-script.ts";

describe("the rows that were made, as a script", () => {
  const table = (name: string, column: string, to: string, notNull: boolean) =>
    ({
      ...{ schema: "public", name },
      columns: [
        { name: "id", notNull: true, isGenerated: false },
        { name: column, notNull, isGenerated: false },
        { name: "made", notNull: false, isGenerated: true },
      ],
      foreignKeys: [{ columns: [column], to: { schema: "public", name: to }, toColumns: ["id"] }],
    }) as unknown as TableFacts;
  const tables = [table("teams", "head", "people", false), table("people", "team", "teams", true)];
  const row = (name: string, values: MadeRow["values"]): MadeRow => ({
    ...{ table: { schema: "public", name }, isPointedTo: false },
    ...{ values: { ...values, made: "1" }, key: { id: values.id ?? null } },
  });

  it("sets what points to a later row at the end, and leaves out what the database computes", () => {
    const rows = [row("teams", { id: "1", head: "7" }), row("people", { id: "7", team: "1" })];
    expect(rowsScript({ made: { rows }, plan: { facts: { tables, types: new Map() } } }, []).split("\n")).toEqual([
      "set constraints all deferred;",
      `insert into "public"."teams" ("id", "head") overriding system value values ('1', null) on conflict do nothing;`,
      `insert into "public"."people" ("id", "team") overriding system value values ('7', '1') on conflict do nothing;`,
      `update "public"."teams" set "head" = '7' where "id" = '1';`,
      "set constraints all immediate;",
      "",
    ]);
  });
});
