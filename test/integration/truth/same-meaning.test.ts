import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readEffects } from "../../../infra/access/effects/read-effects.ts";
import { isSameMeaning } from "../../../infra/access/effects/same-meaning.ts";
import { expressionIn, stringsIn } from "../../../infra/access/effects/statement-parts.ts";
import { functionContradictions } from "../../../infra/kinds/function/contradictions.ts";
import type { DatabaseFunction } from "../../../infra/kinds/function/kind.ts";
import { nodesOf } from "../../../infra/sql/nodes.ts";
import { parseQualified, type QualifiedName } from "../../../infra/sql/quote.ts";
import { mutateText } from "../../../infra/verify/mutate/text-mutations.ts";
import { functionCases } from "../../support/corpus/functions.ts";
import { namedConditions } from "../../support/corpus/named-conditions.ts";
import { queryConditions } from "../../support/corpus/query-conditions.ts";
import { openCorpusDatabase, storeCondition } from "../../support/corpus/stored.ts";
import { taskConditions } from "../../support/corpus/task-conditions.ts";

/** As people write conditions on public.tasks. */
const usualConditions: readonly string[] = [
  "auth.uid()::text = assignee_id::text",
  "(select auth.uid()) = assignee_id",
  "tasks.assignee_id = (select auth.uid())",
  "public.tasks.assignee_id = ( SELECT auth.uid() AS uid)",
  "is_public = true or id = 'a'",
  "id in ('a', 'b') and priority between 1 and 3",
  "id not in ('a', 'b') and priority not between -1 and 3",
  "id like 'a%' and id not ilike '%b'",
  "id is not distinct from organization_id",
  "(is_public and id = 'a') and (priority > 1 and not is_public)",
  "case when is_public then 'a' end = id",
  "(auth.jwt() ->> 'org')::text = organization_id",
  "auth.jwt() -> 'app_metadata' ->> 'org' = organization_id",
  "organization_id = any (array['a', 'b']::text[])",
  "due > now() - interval '1 day'",
  "organization_id in (select organization_id from organization_members where user_id = auth.uid()::text)",
  "(select private.has_role(organization_id, 'ADMIN')) or is_public",
  "organization_id = any (select m.organization_id from public.organization_members m)",
  "exists (select * from organization_members m where m.organization_id = tasks.organization_id and role = 'ADMIN')",
  "exists (select 1 from tasks t where t.id = tasks.parent_id)",
  "organization_id in (select organization_id from organization_members union select id from organizations)",
];

/** Pairs that mean the same although PostgreSQL prints them otherwise: another type of a constant, alias, or column of EXISTS. */
const printedInTwoWays: ReadonlySet<string> = new Set(
  [
    ["small = 1::smallint", "small = int2 '1'"],
    ["title::text = 'x'", "title = 'x'::varchar"],
    ["priority = some (array[1, 2])", "priority = any (array[1, 2]::bigint[])"],
    ["exists (select m from organization_members m)", "exists (select m.* from organization_members m)"],
    [
      "exists (select 1 from projects p inner join organization_members m using (organization_id) where p.id = tasks.project_id)",
      "exists (select 1 from projects natural join organization_members where projects.id = tasks.project_id)",
    ],
    [
      "exists (select 1 from public.tasks t where t.assignee_id = tasks.id)",
      "exists (select 1 from public.tasks where public.tasks.assignee_id = other.tasks.id)",
    ],
  ].flatMap(([left, right]) => [`${left} ~ ${right}`, `${right} ~ ${left}`]),
);

describe("what a migration writes, beside what PostgreSQL prints of it", () => {
  let client: pg.Client;
  let close: () => Promise<void>;
  beforeAll(async () => {
    ({ client, close } = await openCorpusDatabase());
  });
  afterAll(async () => await close?.());

  async function storeAll(table: QualifiedName, texts: readonly string[]) {
    const all = [];
    for (const text of texts) all.push({ text, stored: await storeCondition(client, table, text) });
    return all.map((each) => {
      const [written, printed] = [expressionIn(each.text), expressionIn(each.stored)];
      return { ...each, written, printed, columns: columnsIn(written) };
    });
  }

  it("is the same condition, as people usually write them", async () => {
    const table = parseQualified("public.tasks");
    for (const { text, stored, written, printed } of await storeAll(table, usualConditions)) {
      expect(isSameMeaning(written, printed, table), `${text}\n${stored}`).toBe(true);
      expect(isSameMeaning(printed, written, table), text).toBe(true);
    }
  });

  it("is never the same as another condition", async () => {
    const tasks = [...taskConditions, ...queryConditions, ...usualConditions];
    const wrong: string[] = [];
    let recognised = 0;
    for (const [name, texts] of [["public.tasks", tasks] as const, ...Object.entries(namedConditions)]) {
      const table = parseQualified(name);
      const all = await storeAll(table, texts);
      for (const left of all) {
        for (const right of all.filter(({ columns }) => columns === left.columns)) {
          if (!isSameMeaning(left.written, right.printed, table)) continue;
          if (left.stored === right.stored) recognised += 1;
          else if (!printedInTwoWays.has(`${left.text} ~ ${right.text}`)) wrong.push(`${left.text} ~ ${right.text}`);
        }
        for (const { text } of mutationsOf(left.text, table)) {
          if (!isSameMeaning(expressionIn(text), left.printed, table)) continue;
          const stored = await storeCondition(client, table, text).catch(() => left.stored);
          if (withOneNumber(stored) !== withOneNumber(left.stored)) wrong.push(`${text}\n${left.stored}`);
        }
      }
    }
    expect(wrong).toEqual([]);
    // The others depend on the types and names of columns, which only the database knows.
    expect(recognised).toBeGreaterThan(tasks.length * 0.65);
  });

  it("is the same function, whatever either spells out", async () => {
    const unrecognised: string[] = [];
    for (const { definition } of functionCases.filter(({ since = 0 }) => since <= 17)) {
      const printed = await storeFunction(definition);
      const [effect] = readEffects("1_functions", definition, "postgres");
      if (effect?.target.kind !== "function") throw new Error(definition);
      const { name, signature = `${name}()` } = effect.target.function;
      const contradictionsOf = (declared: string) =>
        functionContradictions([effect], signature, {
          definition: declared,
          execute: [],
          owner: "postgres",
        } as unknown as DatabaseFunction);
      if (contradictionsOf(printed).length > 0) unrecognised.push(`${definition}\n${printed}`);
      for (const other of [
        printed.replace(/select/i, "select 1,"),
        printed.replace("\n LANGUAGE", "\n COST 7 LANGUAGE"),
      ]) {
        if (other !== printed) expect(contradictionsOf(other), other).toHaveLength(1);
      }
    }
    // PostgreSQL prints the body of the first as it understood it, and `_text` as `text[]`.
    expect(unrecognised.filter((each) => !/private\.(standard_|atomic_|catalog_types)/.test(each))).toEqual([]);
  });

  /** Its statement in PostgreSQL's words. */
  async function storeFunction(definition: string): Promise<string> {
    await client.query("begin");
    try {
      await client.query(definition);
      const { rows } = await client.query<{ printed: string }>(
        "select pg_get_functiondef((select max(oid::int8)::oid from pg_proc)) as printed",
      );
      return rows[0]?.printed ?? "";
    } finally {
      await client.query("rollback");
    }
  }
});

/** The names of the columns that a condition names; conditions with others are other conditions. */
function columnsIn(tree: unknown): string {
  const names = nodesOf(tree, "ColumnRef").map(({ fields }) => stringsIn(fields).at(-1));
  return [...new Set(names)].sort().join();
}

/** EXISTS reads no column. */
function withOneNumber(stored: string): string {
  return stored.replace(/(EXISTS \( SELECT) \d/g, "$1 1");
}

/** None of a text that names characters by their numbers, which no mutation is made of. */
function mutationsOf(text: string, table: QualifiedName) {
  return /\bu&/i.test(text) ? [] : mutateText(text, { form: "expression", isCondition: true, vocabulary, table });
}

const vocabulary = {
  columnsLike: () => ["organization_id", "assignee_id"],
  functionsLike: (schema: string | undefined, name: string) => [`${schema ?? "private"}.${name}s`, `private.${name}`],
  valuesLike: (value: string) => [`${value}x`],
};
