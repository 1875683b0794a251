import fc from "fast-check";
import { quoteLiteral, quoteQualified } from "../../../infra/sql/quote.ts";
import { hostileName, hostileText } from "../../support/hostile.ts";
import { hostileNames, hostileStates } from "../hostile.ts";
import type { Drift, Sample } from "../sample.ts";
import { createTable } from "../sql.ts";
import { refused } from "./refused.ts";

const change = (title: string, statement: string, ...shown: string[]): Drift => ({
  title,
  sql: (key) => statement.replaceAll("$key", key).replaceAll("$table", `public.drift_${key}`),
  shown,
});

const makeFunction = (name: string, schema = "private") =>
  `create function ${schema}.${name}() returns trigger language plpgsql as 'begin return new; end'; alter function ${schema}.${name} owner to postgres`;

const again = (rest: string) =>
  `drop trigger "Touch" on $table; create trigger "Touch" ${rest} execute function private.touch_$key('a', 'it''s')`;

export const sample: Sample = {
  setup: (key) =>
    `create table public.drift_${key} (id text primary key, title text, status text); ${makeFunction(`touch_${key}`)}; ${makeFunction(`other_${key}`)}`,
  input: (key) => ({
    table: `public.drift_${key}`,
    name: "Touch",
    timing: "after",
    events: ["update"],
    updateOf: ["status", "title"],
    forEach: "row",
    when: "old.status is distinct from new.status and new.title in ('a', 'b')",
    function: `private.touch_${key}()`,
    arguments: ["a", "it's"],
    enabled: "always",
    constraint: true,
    deferrable: "initially deferred",
  }),
  others: { updateOf: "id", when: "old.title is null", arguments: "b" },
  identity: ["table", "name"],
  // Nothing that a constraint trigger has, or another table's or function's: drifts stand for them.
  byHand: ["function", "constraint", "oldTable", "newTable", "timing", "forEach", "events"],
  drifts: [
    change("disables it", `alter table $table disable trigger "Touch"`, "enabled"),
    change("disables every trigger of the table", "alter table $table disable trigger user", "enabled"),
    change(
      "calls another function",
      `drop trigger "Touch" on $table; create constraint trigger "Touch" after update of status, title on $table deferrable initially deferred for each row when (old.status is distinct from new.status and new.title in ('a', 'b')) execute function private.other_$key('a', 'it''s'); alter table $table enable always trigger "Touch"`,
      "function",
    ),
    change(
      "makes it an ordinary one, on everything",
      again("before insert or update or delete on $table for each row"),
      "constraint",
      "deferrable",
      "enabled",
      "events",
      "timing",
      "updateOf",
      "when",
    ),
    change(
      "makes it one for statements, with a table of rows",
      again("after update on $table referencing old table as was new table as became for each statement"),
      "forEach",
      "newTable",
      "oldTable",
    ),
    { title: "drops it", sql: (key) => `drop trigger "Touch" on public.drift_${key}`, shown: "created" },
    {
      title: "drops its function with all that uses it, and makes that again",
      sql: (key) => `drop function private.touch_${key}() cascade; ${makeFunction(`touch_${key}`)}`,
      shown: "created",
    },
  ],
  imports: {
    setup: `${makeFunction("import_touch")};
      create trigger "before all" before insert on public.import_tasks for each row execute function private.import_touch('x', '');
      create trigger plain after update of id, role on public.import_tasks for each row when (new.id <> 'when ('')') execute function private.import_touch()`,
    accepted: [
      ["import_tasks/before all", "public.import_tasks/before all"],
      ['public.Import_Tasks/"before all"', "public.import_tasks/before all"],
      ["import_tasks/plain", "public.import_tasks/plain"],
      ["TRIGGER plain ON public.import_tasks", "public.import_tasks/plain"],
    ],
    refused: [
      ["import_tasks", `"import_tasks" is no trigger's id; it looks like storage.objects/trigger name`],
      [
        "import_tasks/Plain",
        "the trigger Plain on public.import_tasks does not exist. Write 'public.import_tasks/before all' or 'public.import_tasks/plain'",
      ],
      ["Plain", `names the table too. Write 'public.import_tasks/plain'`],
      ["nothing/plain", "the table public.nothing does not exist"],
    ],
  },
  refused,
  replacements: {
    name: {
      setup: `${createTable("triggered")}; ${makeFunction("triggered", "public")}`,
      program: (age) =>
        `new Trigger("replaced trigger", { table: "public.triggered", name: "${age}_trigger", timing: "before", events: ["insert"], function: "public.triggered" });`,
      after: [
        "select array_agg(tgname::text) as names from pg_trigger where tgrelid = 'public.triggered'::regclass and not tgisinternal",
        { names: ["new_trigger"] },
      ],
    },
    table: {
      setup: `${createTable("triggered_old")}; ${createTable("triggered_new")}; ${makeFunction("triggered_table", "public")}`,
      program: (age) =>
        `new Trigger("replaced trigger's table", { table: "public.triggered_${age}", name: "moved", timing: "before", events: ["insert"], function: "public.triggered_table" });`,
      after: [
        "select array_agg(tgrelid::regclass::text) as tables from pg_trigger where tgname = 'moved'",
        { tables: ["triggered_new"] },
      ],
    },
  },
  withoutReach: {
    reachAfter: "it runs with what whoever fires it reaches already",
    answersFor: "its function is declared as a Function or FunctionAccess",
  },
  hostile: fc.tuple(hostileName, hostileName, hostileName).chain(([schema, table, name]) =>
    hostileStates(
      fc.record({
        timing: fc.constantFrom("before", "after"),
        events: fc.constant(["update"]),
        updateOf: hostileNames,
        when: hostileText.map((text) => `new.title = ${quoteLiteral(text)} -- why`),
        function: hostileName.map((called) => `${quoteQualified({ schema, name: called })}()`),
        arguments: fc.array(hostileText, { maxLength: 3 }),
        enabled: fc.constantFrom("origin", "disabled"),
      }),
      { table: quoteQualified({ schema, name: table }), name },
      [schema, table, name],
    ),
  ),
};
