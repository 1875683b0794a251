import { beforeAll, describe, expect, it } from "vitest";
import { judgePolicies } from "../../infra/access/effects/judge-policies.ts";
import { readEffects } from "../../infra/access/effects/read-effects.ts";
import { isSameMeaning } from "../../infra/access/effects/same-meaning.ts";
import { expressionIn } from "../../infra/access/effects/statement-parts.ts";
import type { PolicyDefinition } from "../../infra/desired/policy-definition.ts";
import { isSameDefinition } from "../../infra/kinds/function/same-definition.ts";
import { loadParser, type Node, parseStatements } from "../../infra/sql/parser.ts";

const table = { schema: "public", name: "tasks" };
const isSame = (left: string, right: string) => isSameMeaning(expressionIn(left), expressionIn(right), table);
const definition = (sql: string) => parseStatements(sql)[0]?.CreateFunctionStmt as Node;

beforeAll(loadParser);

describe("two conditions", () => {
  it.each([
    ["price > 5", "(price > (5)::numeric)"],
    ["price in (1, 2)", "(price = ANY (ARRAY[(1)::numeric, (2)::numeric]))"],
    ["status = 'open'", "(status = 'open'::public.task_status)"],
    ["auth.uid() = owner", "(auth.uid() = tasks.owner)"],
    ["(select is_member(org)) or shared", "(( SELECT public.is_member(tasks.org) AS is_member) OR shared)"],
    [
      "exists (select 1 from members m where m.org = tasks.org)",
      "(EXISTS ( SELECT 1\n FROM public.members m\n WHERE (m.org = tasks.org)))",
    ],
    ["day = '2024-06-01'", "(day = '2024-06-01'::date)"],
    ["f(null)", "f(NULL::text)"],
    ["case when a then b end", "CASE WHEN a THEN b ELSE NULL::text END"],
    ["org in (select org from members)", "(org IN ( SELECT members.org\n FROM public.members))"],
  ])("are the same where PostgreSQL prints the first as the second: %s", (left, right) => {
    expect(isSame(left, right)).toBe(true);
    expect(isSame(right, left)).toBe(true);
  });

  it.each([
    ["b < a / 2", "b < a / 2::numeric"],
    ["a / 2::int = 1", "a / 2::numeric = 1"],
    ["a = 1.7", "a = 1.7::int"],
    ["a operator(public.=) b", "a operator(pg_catalog.=) b"],
    ["public.lower(a) = 'x'", "pg_catalog.lower(a) = 'x'"],
    ["a = 'x'::public.text", "a = 'x'::pg_catalog.text"],
    ["a = 'abc'", "a = 'abc'::varchar(1)"],
    ["private.is_member(org)", "is_member(org)"],
    [
      "exists (select 1 from a left join b using (id) where id is null)",
      "exists (select 1 from a left join b using (id) where b.id is null)",
    ],
    [
      "exists (select 1 from a natural full join b where id is null)",
      "exists (select 1 from a natural full join b where a.id is null)",
    ],
    ["exists (with m as (select 1) select 1 from m)", "exists (with m as (select 1) select 1 from public.m)"],
    [
      "exists (select 1 from members m where m.org = tasks.org)",
      "exists (select 1 from members m where m.org = m.org)",
    ],
    ["exists (select 1 from members m where m.org = org)", "exists (select 1 from members m where m.org = tasks.org)"],
    ["exists (select 1 from a, b where a.id = b.id)", "exists (select 1 from a, b where a.id = a.id)"],
    ["exists (select count(*) from members)", "exists (select 1 from members)"],
    ["private.can(null::text)", "private.can(null::uuid)"],
    ["private.can(1::bigint)", "private.can(1)"],
    ["a < '2024-06-01 12:00'", "a < '2024-06-01 12:00'::date"],
    ["a < '2024-06-01 00:00+05'", "a < '2024-06-01 00:00+05'::timestamp"],
    ["a = 'a '", "a = 'a '::bpchar"],
    ["a = any (array[1.5])", "a = any (array[1.5]::int[])"],
    [
      "a = (select m.id from members m order by level limit 1)",
      "a = (select m.id as level from members m order by level limit 1)",
    ],
    [
      "exists (select 1 from members x join members m on true where m is not null)",
      "exists (select 1 from members m join members x on true where m is not null)",
    ],
    [
      "exists (select 1 from members where exists (select 1 from tasks, (select org as u) s where s.u = '1'))",
      "exists (select 1 from members where exists (select 1 from tasks, (select tasks.org as u) s where s.u = '1'))",
    ],
    ["a and b or c", "a and (b or c)"],
    ["a not in (1, 2)", "a = any (array[1, 2])"],
    ["a between 1 and 2", "a > 1 and a < 2"],
  ])("differ, or may: %s", (left, right) => {
    expect(isSame(left, right)).toBe(false);
    expect(isSame(right, left)).toBe(false);
  });
});

describe("two definitions of a function", () => {
  it.each([
    [
      "create function f(out a int) returns setof int language sql as 'x'",
      "create function f(out a int) returns int language sql as 'x'",
    ],
    [
      "create function f() returns int begin atomic select 1::int; end",
      "create function f() returns int begin atomic select 1::numeric; end",
    ],
    [
      "create function f() returns int language sql as 'x'",
      "create function f() returns int language sql security definer as 'x'",
    ],
    [
      "create function f() returns int language sql set search_path = '' as 'x'",
      "create function f() returns int language sql as 'x'",
    ],
  ])("differ: %s", (left, right) => {
    expect(isSameDefinition(definition(left), definition(right))).toBe(false);
  });
});

describe("a policy of a migration in other words than the declared one", () => {
  const declared = {
    command: "all",
    as: "permissive",
    roles: ["public"],
    using: "(tasks.org = 'a'::text)",
  } as unknown as PolicyDefinition;
  const judge = (using: string) =>
    judgePolicies(
      readEffects("1", `create policy own on tasks using (${using})`, "postgres"),
      "public.tasks",
      () => declared,
      () => true,
    );

  it("still has its table closed while a command applies it, as only the server knows what the words mean", () => {
    expect(judge("org = 'a'")).toMatchObject([{ opens: true, isReworded: true }]);
    expect(judge("tasks.org = 'a'::text")).toEqual([]);
  });

  it("is told where it means something else", () => {
    expect(judge("org = 'b'")).toMatchObject([{ opens: true, isReworded: false }]);
  });
});
