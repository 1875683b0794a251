import fc from "fast-check";
import { quoteQualified } from "../../../infra/sql/quote.ts";
import { hostileName } from "../../support/hostile.ts";
import { hostileNames, hostileStates } from "../hostile.ts";
import type { Sample } from "../sample.ts";
import { createTable, namesOfPolicies } from "../sql.ts";
import { drifts } from "./drifts.ts";
import { refused } from "./refused.ts";

export const sample: Sample = {
  setup: (key) =>
    `create table public.drift_${key} (id text primary key); create policy read on public.drift_${key} using (id = 'a')`,
  input: (key) => ({ table: `public.drift_${key}`, policies: ["read"] }),
  others: {},
  identity: ["table"],
  byHand: ["policies"],
  drifts,
  leaves: { policies: { read: "permissive for all to public using (id = 'a'::text)" } },
  imports: {
    accepted: [
      ["import_tasks", "public.import_tasks"],
      ['"storage"."objects"', "storage.objects"],
    ],
    refused: [["import_view", "is a view"]],
  },
  refused,
  replacements: {
    table: {
      setup: `${createTable("list_old")}; ${createTable("list_new")}; create policy kept on public.list_old using (true)`,
      program: (age) =>
        `new ExclusivePolicies("replaced list", { table: "public.list_${age}", policies: ${age === "old" ? '["kept"]' : "[]"} });`,
      after: [namesOfPolicies("public.list_old"), { names: ["kept"] }],
    },
  },
  hostile: fc
    .tuple(hostileName, hostileName)
    .chain(([schema, name]) =>
      hostileStates(fc.record({ policies: hostileNames }), { table: quoteQualified({ schema, name }) }, [schema, name]),
    ),
};
