import * as pulumi from "@pulumi/pulumi";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeExpression } from "../../infra/adopt/code/expression/expression.ts";
import { Code, writeLiteral } from "../../infra/adopt/code/literal.ts";
import { firstOf, namesIn, platformTables } from "../../infra/adopt/code/table-names.ts";
import { nameTables, writeTypedTables } from "../../infra/adopt/code/typed-tables.ts";
import { tableColumns } from "../../infra/adopt/columns.ts";
import { storageObjects } from "../../infra/components/file-bucket.ts";
import { realtimeMessages } from "../../infra/components/realtime-topic.ts";
import { defineTable } from "../../infra/prisma/reference.ts";
import { formatQualified, parseQualified, type QualifiedName } from "../../infra/sql/quote.ts";
import { SqlText, sql } from "../../infra/sql/tag.ts";
import { memberOf } from "../../infra/values/source-names.ts";
import { namedConditions } from "../support/corpus/named-conditions.ts";
import { queryConditions } from "../support/corpus/query-conditions.ts";
import { openCorpusDatabase, plainPath, storeCondition } from "../support/corpus/stored.ts";
import { taskConditions } from "../support/corpus/task-conditions.ts";
import { render } from "../support/templates.ts";

/** Every name is a value: each table and function of the database has one. */
describe("a policy's condition as a program has it", () => {
  let client: pg.Client;
  let close: () => Promise<void>;
  beforeAll(async () => {
    ({ client, close } = await openCorpusDatabase());
  });
  afterAll(async () => await close?.());

  it("is stored by PostgreSQL just as the policy's own was, in one line and in several", async () => {
    const { rows: read } = await client.query<{ rows: [] }>(tableColumns.query("all"));
    const tables = nameTables([...tableColumns.read(read[0]?.rows).values()]);
    const names = firstOf(platformTables, namesIn("app", tables));
    const module = writeTypedTables(tables)
      .replace(/^import .*$/m, "")
      .replace("export function applicationTables(source?: unknown)", "function applicationTables(source)");
    const app = new Function("defineTable", `${module}\nreturn applicationTables();`)(defineTable);
    const functions = Object.fromEntries(
      (
        await client.query<QualifiedName>(
          "select n.nspname as schema, p.proname as name from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname not in ('pg_catalog', 'information_schema')",
        )
      ).rows.map((name) => [formatQualified(name), { signature: pulumi.output(`${formatQualified(name)}(x text)`) }]),
    );
    const values = { sql, app, functions, storageObjects, realtimeMessages };
    const evaluate = (code: string) =>
      new Function(...Object.keys(values), `return ${code}`)(...Object.values(values)) as unknown;
    const conditions = [
      ...[...taskConditions, ...queryConditions].map((text) => ["public.tasks", text] as const),
      ...Object.entries(namedConditions).flatMap(([table, texts]) => texts.map((text) => [table, text] as const)),
    ];
    let withValues = 0;
    for (const [name, condition] of conditions) {
      const table = parseQualified(name);
      const stored = await storeCondition(client, table, condition);
      // Its own words need not be what PostgreSQL prints once they are stored again.
      const again = await storeCondition(client, table, stored, plainPath);
      const code = writeExpression(stored, {
        table,
        names,
        function: (of) =>
          formatQualified(of) in functions
            ? new Code(memberOf("functions", formatQualified(of)), ["functions"])
            : undefined,
      });
      for (const source of new Set([code.text, writeLiteral(code, { indentation: 70, column: 115 })])) {
        const text = evaluate(source);
        expect(
          await storeCondition(client, table, text instanceof SqlText ? await render(text) : String(text), plainPath),
          source,
        ).toBe(again);
      }
      if (code.text.includes("${")) withValues += 1;
    }
    expect(withValues).toBeGreaterThan(conditions.length * 0.7);
  });
});
