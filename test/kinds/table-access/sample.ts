import fc from "fast-check";
import { quoteQualified } from "../../../infra/sql/quote.ts";
import { hostileName } from "../../support/hostile.ts";
import { hostileAccess, hostileStates } from "../hostile.ts";
import type { Sample } from "../sample.ts";
import { createTable } from "../sql.ts";
import { drifts } from "./drifts.ts";
import { refused } from "./refused.ts";
import { refusedConditions } from "./refused-conditions.ts";

export const sample: Sample = {
  setup: (key) => `create table public.drift_${key} (id text primary key, title text, status text, priority int)`,
  input: (key) => ({
    table: `public.drift_${key}`,
    owner: "postgres",
    rowSecurity: true,
    forceRowSecurity: true,
    policies: {
      read: {
        command: "select",
        roles: ["anon", "authenticated"],
        as: "permissive",
        using: "id in ('a', 'b')",
        comment: "Two rows are for everybody.",
      },
      write: {
        command: "update",
        roles: ["authenticated"],
        as: "permissive",
        using: "id = 'a'",
        withCheck: "title = 'x'",
      },
      narrow: { command: "all", roles: ["public"], as: "restrictive", using: "priority between 1 and 5" },
    },
    grants: {
      anon: ["select"],
      authenticated: { select: true, update: ["title", "status"], delete: true },
      service_role: "all",
    },
  }),
  others: {
    owner: "drift_owner",
    policies: { added: { using: "true" } },
    "policies.*": { using: "true" },
    "policies.*.roles": "service_role",
    "policies.*.using": "true",
    "policies.*.withCheck": "true",
    "policies.*.comment": "Nobody knows why.",
    grants: { drift_role: ["select"] },
    "grants.*": "truncate",
    "grants.*.*": "priority",
  },
  identity: ["table"],
  drifts,
  leaves: { rowSecurity: true, policies: {}, grants: {} },
  imports: {
    accepted: [
      ["import_tasks", "public.import_tasks"],
      ["PUBLIC.Import_Tasks", "public.import_tasks"],
      ['"User"', 'public."User"'],
      ['Table "public.import_tasks"', "public.import_tasks"],
      ["TABLE import_tasks;", "public.import_tasks"],
    ],
    refused: [
      ["public.User", "the table public.user does not exist. Write 'public.\"User\"'"],
      ["hidden", "the table public.hidden does not exist. Write 'private.hidden'"],
      ["public.import_view", "public.import_view is a view, and only a table can be imported here"],
      ["import_copy", "public.import_copy is a materialized view"],
      ["storage.objects", "the platform owns the schema storage"],
      ["pg_catalog.pg_class", "the table pg_catalog.pg_class does not exist"],
      ["a.b.c", "has more than a schema and a name"],
    ],
  },
  refused: [...refusedConditions, ...refused],
  replacements: {
    table: {
      setup: [createTable("access_old"), createTable("access_new")].join(";"),
      program: (age) => `new TableAccess("replaced access", {
      table: "public.access_${age}", policies: { read: { command: "select", using: "true" } }, grants: { anon: ["select"] },
    });`,
      use: "create view public.access_view as select * from public.access_old",
      after: [
        `select has_table_privilege('anon', 'public.access_old', 'select') as "old", has_table_privilege('anon', 'public.access_new', 'select') as "new"`,
        { old: false, new: true },
      ],
    },
  },
  hostile: fc
    .tuple(hostileName, hostileName)
    .chain(([schema, name]) =>
      hostileStates(hostileAccess, { table: quoteQualified({ schema, name }) }, [schema, name]),
    ),
};
