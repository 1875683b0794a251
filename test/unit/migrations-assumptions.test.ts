import { beforeAll, describe, expect, it } from "vitest";
import { assumptionsOf } from "../../infra/migrations/scripts/assumptions.ts";
import { loadParser } from "../../infra/sql/parser.ts";

describe("what of a pending migration is tried at preview", () => {
  beforeAll(loadParser);

  it("is what it makes anew, with nothing left to wonder about beside what changes how rows are filled in and checked", () => {
    const made = [
      "create type colour as enum ('red')",
      "create or replace function favourite() returns text language sql return 'red'",
      "create table notes (id int, colour colour, other text default favourite())",
      "create function stamp() returns trigger language plpgsql as $$ begin return new; end $$",
      "create sequence numbers",
    ];
    const beside = [
      "alter table tasks alter column id set default 1, alter column title drop not null, alter column title set not null",
      "alter table tasks drop constraint tasks_key, add constraint tasks_check check (id > 0) not valid, validate constraint tasks_check",
      "drop index tasks_title_idx",
      "alter table tasks enable row level security, owner to postgres",
      "do $$ declare n int; begin update tasks set title = 'a'; get diagnostics n = row_count; if n > 0 then raise notice '%', n; end if; end $$",
      "create trigger stamp before update on tasks for each row execute function stamp()",
    ];
    const { statements, isComplete } = assumptionsOf([...made, ...beside].join(";\n"));
    expect([statements.map((text) => text.trim()), isComplete]).toEqual([made, true]);
  });

  it("tries a view and a column's sequence, which may need a new column; and replaces no view that is there", () => {
    const tried = ["create view named as select name from tasks", "create sequence numbers owned by tasks.number"];
    const { statements, isComplete } = assumptionsOf(
      [...tried, "create or replace view found as select 1"].join(";\n"),
    );
    const made = [...tried, "create view found as select 1"];
    expect([statements.map((text) => text.trim()), isComplete]).toEqual([made, false]);
  });

  it.each([
    "do $$ begin drop table tasks; end $$",
    "alter table tasks add column name text",
    "alter table tasks alter column id set default 1, drop column title",
    "do $$ begin execute 'drop table ' || quote_ident('tasks'); end $$",
    "do $$ begin perform tidy(); end $$",
    "do language plpython3u $$ pass $$",
    "create function names() returns setof text language sql begin atomic select name from tasks; end",
    "drop table tasks",
    "drop function name()",
  ])("does not tell all where a migration says: %s", (statement) => {
    expect(assumptionsOf(statement).isComplete).toBe(false);
  });
});
