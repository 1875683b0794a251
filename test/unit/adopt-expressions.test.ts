import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { type ExpressionScope, writeExpression } from "../../infra/adopt/code/expression/expression.ts";
import { Code, writeLiteral } from "../../infra/adopt/code/literal.ts";
import { firstOf, namesIn, platformTables } from "../../infra/adopt/code/table-names.ts";
import { storageObjects } from "../../infra/components/file-bucket.ts";
import { realtimeMessages } from "../../infra/components/realtime-topic.ts";
import { defineTable } from "../../infra/prisma/reference.ts";
import { loadParser, type Node, parseStatements } from "../../infra/sql/parser.ts";
import { formatQualified, parseQualified, quoteIdentifier, quoteLiteral } from "../../infra/sql/quote.ts";
import { SqlText, sql } from "../../infra/sql/tag.ts";
import { namedConditions } from "../support/corpus/named-conditions.ts";
import { queryConditions } from "../support/corpus/query-conditions.ts";
import { newerTaskConditions, taskConditions } from "../support/corpus/task-conditions.ts";
import { hostileName, hostileText } from "../support/hostile.ts";
import { render } from "../support/templates.ts";

beforeAll(loadParser);

const app = {
  tasks: defineTable("public", "tasks", {
    id: "id",
    organizationId: "organization_id",
    title: "title",
    user: "user",
    tasks: "tasks",
  }),
  members: defineTable("public", "organization_members", { organizationId: "organization_id", userId: "user_id" }),
  otherTasks: defineTable("other", "tasks", { id: "id", title: "title" }),
};
const functions = { isMember: { signature: pulumi.output("private.is_member(text)") } };
const named = (property: keyof typeof app) => {
  const { $table, $columns: _, ...columns } = app[property];
  return {
    ...{ schema: $table.schema, name: $table.name, property },
    columns: Object.entries(columns).map(([field, { name }]) => ({ field, column: name })),
  };
};
const scope: ExpressionScope = {
  table: { schema: "public", name: "tasks" },
  names: firstOf(platformTables, namesIn("app", [named("tasks"), named("members"), named("otherTasks")])),
  function: (name) =>
    formatQualified(name) === "private.is_member" ? new Code("functions.isMember", ["functions"]) : undefined,
};

/** What a resource is given by the code that was written. */
async function evaluate(code: string, values: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const all = { sql, app, functions, storageObjects, realtimeMessages, ...values };
  const value = new Function(...Object.keys(all), `return ${code}`)(...Object.values(all)) as unknown;
  return value instanceof SqlText ? render(value) : String(value);
}

describe("a condition", () => {
  it.each([
    ["(( SELECT auth.uid() AS uid) = user_id)", "sql`(select auth.uid()) = user_id`"],
    [
      "((organization_id = 'a'::text) AND private.is_member(id))",
      "sql`${app.tasks.organizationId} = 'a'::text and ${functions.isMember}(${app.tasks.id})`",
    ],
    ["(((a = 1) OR (b = 2)) AND (NOT (c = 3)))", "sql`(a = 1 or b = 2) and not (c = 3)`"],
    ["((a >= 1) AND (a BETWEEN 1 AND 2))", "sql`a >= 1 and (a between 1 and 2)`"],
    ["(title ~ '\\d`${x}\\'::text)", "sql`${app.tasks.title} ~ '\\d\\`\\${x}\\'::text`"],
    ['("user" = CURRENT_USER)', "sql`${app.tasks.user} = current_user`"],
    ["(tasks IS NOT NULL)", "sql`${app.tasks.tasks} is not null`"],
    ["(tasks.* IS NOT NULL)", "sql`tasks.* is not null`"],
    ["((id)::text = (title)::text)", "sql`(${app.tasks.id})::text = (${app.tasks.title})::text`"],
    ["(title = '\r\u202e'::text)", 'sql`${app.tasks.title} = ${"\\r\\u202e"}::text`'],
    ['("a\r" = 1)', `'("a\\r" = 1)'`],
    ["(( SELECT auth.uid() AS me) = id)", "sql`(select auth.uid() as me) = ${app.tasks.id}`"],
    ["true", "sql`true`"],
    ["no expression at all", '"no expression at all"'],
  ])("%s is written %s", (text, code) => {
    expect(writeExpression(text, scope).text).toBe(code);
  });

  it.each([
    [
      "the policy's table in a query that reads another",
      "(EXISTS ( SELECT 1\n FROM public.organization_members m\n WHERE (m.organization_id = tasks.organization_id)))",
      "exists (select 1 from ${app.members} m where m.organization_id = ${app.tasks.organizationId})",
    ],
    [
      "another table of the policy's table's name",
      "(EXISTS ( SELECT 1 FROM other.tasks WHERE (tasks.title = 'x')))",
      "exists (select 1 from ${app.otherTasks} where ${app.otherTasks.title} = 'x')",
    ],
    [
      "an alias of the policy's table's name",
      "(EXISTS ( SELECT 1 FROM other.projects tasks WHERE (tasks.id = 'x')))",
      "exists (select 1 from other.projects tasks where tasks.id = 'x')",
    ],
    [
      "a result of a WITH query",
      "(id IN ( WITH tasks AS ( SELECT 1 AS id) SELECT tasks.id FROM tasks))",
      "${app.tasks.id} in (with tasks as (select 1 as id) select tasks.id from tasks)",
    ],
    [
      "a joined column without a table",
      "(EXISTS ( SELECT 1 FROM (other.a LEFT JOIN other.b USING (id)) WHERE (id = tasks.id)))",
      "exists (select 1 from (other.a left join other.b using (id)) where id = ${app.tasks.id})",
    ],
    [
      "a named join",
      "(EXISTS ( SELECT 1 FROM (public.tasks JOIN other.b USING (id)) j WHERE (tasks.id = j.id)))",
      "exists (select 1 from (${app.tasks} join other.b using (id)) j where tasks.id = j.id)",
    ],
    [
      "a column only on the left of a query",
      "(organization_id IN ( SELECT organization_members.organization_id FROM public.organization_members))",
      "${app.tasks.organizationId} in (select ${app.members.organizationId} from ${app.members})",
    ],
  ])("binds no name wrongly: %s", (_, text, source) => {
    expect(writeExpression(text, scope).text).toBe(`sql\`${source}\``);
  });

  it("of CASE and of lists is broken into lines where it is long", () => {
    const states = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"];
    const text = `(CASE WHEN ((title = 'first condition'::text) AND (id = 'of them'::text)) THEN ((organization_id = 'a'::text) OR private.is_member(id))
      WHEN (title = 'b'::text) THEN true ELSE (organization_id = ANY (ARRAY[${states.map((name) => `'${name}'`).join(", ")}])) END)`;
    const written = writeLiteral(writeExpression(text, scope), { indentation: 0, column: 100 });
    expect(written).toBe(`sql\`
  case
    when \${app.tasks.title} = 'first condition'::text and \${app.tasks.id} = 'of them'::text
      then (\${app.tasks.organizationId} = 'a'::text or \${functions.isMember}(\${app.tasks.id}))
    when \${app.tasks.title} = 'b'::text then true
    else \${app.tasks.organizationId} = any (
      array['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven']
    )
  end\``);
  });

  it("of a query is broken into lines where it is long", () => {
    const text = `(EXISTS ( SELECT 1
   FROM public.organization_members m
  WHERE ((m.organization_id = tasks.organization_id) AND (m.user_id = ( SELECT auth.uid() AS uid)) AND ((m.role = 'ADMIN'::text) OR (m.role = 'OWNER'::text)))))`;
    expect(writeLiteral({ using: writeExpression(text, scope) })).toBe(`{
  using: sql\`
    exists (
      select 1
      from \${app.members} m
      where m.organization_id = \${app.tasks.organizationId}
        and m.user_id = (select auth.uid())
        and (m.role = 'ADMIN'::text or m.role = 'OWNER'::text)
    )\`,
}`);
  });

  const corpus = [
    ...[...taskConditions, ...newerTaskConditions.map(({ condition }) => condition), ...queryConditions].map(
      (text) => ["public.tasks", text] as const,
    ),
    ...Object.entries(namedConditions).flatMap(([table, texts]) => texts.map((text) => [table, text] as const)),
  ];

  it("of the corpus says the same, in one line and in several", async () => {
    for (const [name, text] of corpus) await expectSame(text, { ...scope, table: parseQualified(name) });
    expect(corpus.length).toBeGreaterThan(300);
  });

  it("says the same whatever its names and strings are", async () => {
    await fc.assert(
      fc.asyncProperty(hostileName, hostileName, hostileText, fc.nat(3), async (table, column, text, form) => {
        const [of, by] = [quoteIdentifier(table), quoteIdentifier(column)];
        const typed = defineTable("public", table, { column }, undefined);
        const given = [
          `((${by} = ${quoteLiteral(text)}::text) AND (${by} IS NOT NULL))`,
          `(EXISTS ( SELECT 1 FROM public.tasks WHERE (${of}.${by} = ${quoteLiteral(text)})))`,
          `( SELECT ${of}.${by} FROM public.${of} AS ${by})`,
          `(${of}.*)::text = ${quoteLiteral(`\\${text}\\`)}`,
        ][form] as string;
        const names = namesIn("odd", [
          { schema: "public", name: table, property: "table", columns: [{ field: "column", column }] },
        ]);
        await expectSame(
          given,
          { ...scope, table: { schema: "public", name: table }, names },
          { odd: { table: typed } },
        );
      }),
      { numRuns: 300 },
    );
  });
});

async function expectSame(
  text: string,
  given: ExpressionScope,
  values: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const code = writeExpression(text, given);
  const table = given.table?.name ?? "";
  for (const source of [code.text, writeLiteral(code, { column: 115 }), writeLiteral(code, { indentation: 80 })]) {
    expect(meaning(await evaluate(source, values), table), source).toBe(meaning(text, table));
  }
}

/** The tree, with the table's own columns qualified outside of queries, and without the names of results in them. */
function meaning(text: string, table: string): string {
  const visit = (value: unknown, isInQuery: boolean): unknown => {
    if (Array.isArray(value)) return value.map((item) => visit(item, isInQuery));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, inner]): [string, unknown][] => {
        if (key === "location" || key.endsWith("_location") || key === "stmt_len") return [];
        if (key === "ResTarget" && "FuncCall" in (inner.val as Node))
          return [[key, visit({ val: inner.val }, isInQuery)]];
        const fields = key === "ColumnRef" ? ((inner as Node).fields as readonly Node[]) : [];
        const isBare = fields.length === 1 && fields[0]?.String !== undefined && !isInQuery;
        if (isBare) return [[key, { fields: [{ String: { sval: table } }, ...fields] }]];
        return [[key, visit(inner, isInQuery || key === "subselect")]];
      }),
    );
  };
  const [statement, ...more] = parseStatements(`select palisade(\n${text}\n)`);
  expect(more).toEqual([]);
  return JSON.stringify(visit(statement, false));
}
