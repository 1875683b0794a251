import { beforeAll, describe, expect, it } from "vitest";
import { SchemaChanges } from "../../infra/migrations/scripts/schema-changes.ts";
import { loadParser } from "../../infra/sql/parser.ts";

beforeAll(loadParser);

function read(...scripts: readonly string[]): SchemaChanges {
  return scripts.reduce((changes, script, index) => changes.read(`${index + 1}`, script), new SchemaChanges());
}

function losses(...scripts: readonly string[]): string[] {
  return read(...scripts).losses.map(
    ({ kind, name, column, action, migration }) =>
      `${migration} ${action} ${kind} ${name}${column === undefined ? "" : `.${column}`}`,
  );
}

describe("what migrations take away", () => {
  it("is columns that are dropped, retyped and renamed, by the names they have in the database", () => {
    expect(
      losses(`
        ALTER TABLE "tasks" DROP COLUMN "priority", ADD COLUMN "rank" INTEGER;
        ALTER TABLE "auth"."Users" ALTER COLUMN "age" SET DATA TYPE BIGINT;
        ALTER TABLE tasks RENAME COLUMN org TO organization;
      `),
    ).toEqual([
      "1 drops column public.tasks.priority",
      '1 retypes column auth."Users".age',
      "1 renames column public.tasks.org",
    ]);
  });

  it("is tables, views, sequences, functions, types and schemas", () => {
    expect(
      losses(`
        DROP TABLE a, x."B" CASCADE; DROP VIEW v; DROP MATERIALIZED VIEW m; DROP FUNCTION f(text), g; DROP TYPE t; DROP DOMAIN d;
        DROP SCHEMA s CASCADE; ALTER TYPE "Role" RENAME TO "Role_old"; ALTER TABLE notes RENAME TO memos; ALTER FUNCTION h(text) RENAME TO i;
        ALTER TABLE n SET SCHEMA archive; DROP INDEX i; ALTER TABLE a DROP CONSTRAINT c; DROP TRIGGER t ON a; DROP SEQUENCE q;
      `),
    ).toEqual([
      "1 drops relation public.a",
      '1 drops relation x."B"',
      "1 drops relation public.v",
      "1 drops relation public.m",
      "1 drops function public.f",
      "1 drops function public.g",
      "1 drops type public.t",
      "1 drops type public.d",
      "1 drops schema s",
      '1 renames type public."Role"',
      "1 renames relation public.notes",
      "1 renames function public.h",
      "1 renames relation public.n",
      "1 drops relation public.q",
    ]);
  });

  it("is followed through renames, over several migrations", () => {
    expect(
      losses(
        "ALTER TABLE t RENAME COLUMN a TO b; ALTER TABLE t RENAME TO u;",
        "ALTER TABLE u DROP COLUMN b; ALTER TABLE u ALTER COLUMN c TYPE text;",
      ),
    ).toEqual(["2 drops column public.t.a", "1 renames relation public.t", "2 retypes column public.t.c"]);
  });

  it("is nothing of what they made themselves, and nothing where they only add", () => {
    expect(
      losses(`
        CREATE TABLE n (a int, b int); ALTER TABLE n DROP COLUMN a; DROP TABLE n; CREATE TYPE e AS ENUM ('x'); DROP TYPE e;
        CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'select 1'; DROP FUNCTION f();
        ALTER TABLE t ADD COLUMN c int; ALTER TABLE t DROP COLUMN c; ALTER TABLE t ALTER COLUMN d SET NOT NULL;
        CREATE INDEX ON t (d); INSERT INTO t VALUES (1);
      `),
    ).toEqual([]);
  });
});

describe("what will go by a name", () => {
  it("is the new table, function or type where one is made in the old one's place", () => {
    const changes = read(`
      DROP TABLE a; CREATE TABLE a (x int); DROP TABLE b;
      DROP FUNCTION f(text); CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'select 1'; DROP FUNCTION g;
      ALTER TABLE c RENAME TO d; DROP SCHEMA s;
    `);
    const taken = (kind: "relation" | "function", name: string, schema = "public") =>
      changes.takenBy(kind, { schema, name })?.action;
    expect([taken("relation", "a"), changes.isRemade({ schema: "public", name: "a" })]).toEqual([undefined, true]);
    expect([taken("relation", "b"), taken("relation", "c"), taken("relation", "d")]).toEqual([
      "drops",
      "renames",
      undefined,
    ]);
    expect([taken("function", "f"), taken("function", "g")]).toEqual([undefined, "drops"]);
    expect(taken("relation", "anything", "s")).toBe("drops");
    expect(changes.tables.get("public.d")?.origin).toBe("public.c");
  });

  it("is the column as it will be: kept, new, retyped or renamed", () => {
    const table = read(`
      ALTER TABLE t DROP COLUMN a, ADD COLUMN a INTEGER NOT NULL, ADD COLUMN n VARCHAR(20)[], ADD COLUMN s SERIAL;
      ALTER TABLE t ALTER COLUMN r TYPE "Role_new" USING (r::text::"Role_new");
      ALTER TABLE t RENAME COLUMN x TO y; ALTER TABLE t DROP COLUMN z;
    `).tables.get("public.t");
    expect(table?.types).toEqual(
      new Map([
        ["a", '"pg_catalog"."int4"'],
        ["n", '"pg_catalog"."varchar"(20)[]'],
        ["s", "integer"],
        ["r", '"Role_new"'],
      ]),
    );
    const origins = ["a", "n", "r", "x", "y", "z", "untouched"].map((name) => table?.columns.originOf(name));
    expect(origins).toEqual([undefined, undefined, "r", undefined, "x", undefined, "untouched"]);
    expect(["a", "x", "z"].map((name) => table?.columns.takenBy(name)?.action)).toEqual([
      undefined,
      "renames",
      "drops",
    ]);
  });
});
