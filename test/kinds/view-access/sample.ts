import fc from "fast-check";
import { quoteQualified } from "../../../infra/sql/quote.ts";
import { hostileName } from "../../support/hostile.ts";
import { hostileGrants, hostileStates } from "../hostile.ts";
import type { Drift, Sample } from "../sample.ts";
import { refused } from "./refused.ts";

const change = (title: string, statement: string, ...shown: string[]): Drift => ({
  title,
  sql: (key) => statement.replaceAll("$view", `public.drift_${key}`),
  shown,
});

const columns = "id, title";
const made = (name: string, table = "tasks_of") =>
  `create table public.${table}_${name} (id text primary key, title text); create view public.${name} as select ${columns} from public.${table}_${name}`;

export const sample: Sample = {
  setup: (key) => made(`drift_${key}`),
  input: (key) => ({
    view: `public.drift_${key}`,
    owner: "postgres",
    securityInvoker: true,
    securityBarrier: true,
    grants: {
      anon: { select: ["id"] },
      authenticated: { select: true, update: ["title"], delete: true },
      service_role: "all",
    },
  }),
  others: {
    owner: "drift_owner",
    grants: { drift_role: ["select"] },
    "grants.*": "truncate",
    "grants.*.*": "title",
  },
  identity: ["view"],
  drifts: [
    change(
      "defines it anew in place, which resets its options",
      "create or replace view $view as select '1'::text as id, '2'::text as title",
      "securityInvoker",
      "securityBarrier",
    ),
    change(
      "drops it and makes it again",
      "drop view $view; create view $view as select '1'::text as id, '2'::text as title; alter view $view owner to postgres; revoke all on $view from anon, authenticated, service_role",
      "securityInvoker",
      "securityBarrier",
      "grants.anon",
      "grants.authenticated",
      "grants.service_role",
    ),
    change("has it read as its owner", "alter view $view reset (security_invoker)", "securityInvoker"),
    change("says off in another word", "alter view $view set (security_invoker = off)", "securityInvoker"),
    change("grants it to everybody", "grant select on $view to public", "grants.public"),
    change("grants all of its columns", "grant select on $view to anon", "grants.anon.select"),
    change(
      "has a role hand on what it was given",
      "grant usage on schema public to drift_agent; grant insert on $view to drift_agent with grant option; set role drift_agent; grant insert on $view to drift_role; reset role",
      "grants.drift_agent",
      "grants.drift_role",
    ),
    change("takes every privilege of a role away", "revoke all on $view from authenticated", "grants.authenticated"),
  ],
  leaves: { securityInvoker: true, securityBarrier: true, grants: {} },
  imports: {
    setup: `${made("import_totals")}; create view private."Import View" as select 1 as one`,
    accepted: [
      ["import_totals", "public.import_totals"],
      ["PUBLIC.Import_Totals", "public.import_totals"],
      ['private."Import View"', 'private."Import View"'],
      ["import_copy", "public.import_copy"],
      ['Materialized view "public.import_copy"', "public.import_copy"],
    ],
    refused: [
      ["private.Import View", `the view private.Import View does not exist. Write 'private."Import View"'`],
      ["import viewer", "is no view name; write schema.view"],
      [`"import view"`, `the view public."import view" does not exist. Write 'private."Import View"'`],
      ["import_tasks", "public.import_tasks is a table, and only a view can be imported here"],
      ["nothing_there", "the view public.nothing_there does not exist"],
    ],
  },
  refused,
  replacements: {
    view: {
      setup: ["view_old", "view_new"]
        .map((name) => `${made(name)}; alter view public.${name} owner to postgres`)
        .join(";"),
      program: (age) =>
        `new ViewAccess("replaced view access", { view: "public.view_${age}", grants: { anon: ["select"] } });`,
      use: "create view public.view_on_view as select * from public.view_old",
      after: [
        `select has_table_privilege('anon', 'public.view_old', 'select') as "old", has_table_privilege('anon', 'public.view_new', 'select') as "new"`,
        { old: false, new: true },
      ],
    },
  },
  hostile: fc
    .tuple(hostileName, hostileName)
    .chain(([schema, name]) =>
      hostileStates(
        fc.record({ securityInvoker: fc.boolean(), securityBarrier: fc.boolean(), grants: hostileGrants }),
        { view: quoteQualified({ schema, name }) },
        [schema, name],
      ),
    ),
};
