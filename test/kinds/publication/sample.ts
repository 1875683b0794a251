import fc from "fast-check";
import { hostileName } from "../../support/hostile.ts";
import { hostileNames, hostileStates, hostileTable } from "../hostile.ts";
import type { Sample } from "../sample.ts";
import { createTable } from "../sql.ts";
import { drifts } from "./drifts.ts";
import { refused } from "./refused.ts";

const hostilePublication = fc.record({
  tables: fc.dictionary(hostileTable, fc.record({ columns: hostileNames }, { requiredKeys: [] }), { maxKeys: 3 }),
  publish: fc.subarray(["insert", "update", "delete", "truncate"], { minLength: 1 }),
  viaPartitionRoot: fc.boolean(),
});

export const sample: Sample = {
  setup: (key) =>
    ["a", "b", "c"]
      .map(
        (name) =>
          `create table public.drift_${key}_${name} (id text, title text, status text, primary key (id, title));
           create unique index drift_${key}_${name}_key on public.drift_${key}_${name} (id, title)`,
      )
      .join(";"),
  input: (key) => ({
    name: `drift_${key}`,
    owner: "postgres",
    tables: {
      [`public.drift_${key}_a`]: {
        columns: ["id", "title"],
        where: "id in ('a', 'b')",
        replicaIdentity: { index: `drift_${key}_a_key` },
      },
      [`public.drift_${key}_b`]: { replicaIdentity: "full" },
    },
    publish: ["insert", "update"],
    viaPartitionRoot: true,
  }),
  others: {
    owner: "drift_publisher",
    tables: { "public.drift_*_c": {} },
    "tables.*": { replicaIdentity: "full" },
    "tables.*.columns": "status",
    "tables.*.where": "id = 'c'",
  },
  identity: ["name"],
  // A declaration without it leaves it as it is.
  byHand: ["tables.*.replicaIdentity", "tables.*.replicaIdentity.index"],
  drifts,
  imports: {
    setup: `create publication "Changes" for table public.import_tasks`,
    accepted: [['"Changes"', "Changes"]],
    refused: [["changes", "Write 'Changes'"]],
  },
  refused,
  replacements: {
    name: {
      setup: createTable("published"),
      program: (age) =>
        `new Publication("replaced publication", { name: "${age}_publication", tables: ["public.published"] });`,
      after: [
        "select array_agg(pubname::text) as names from pg_publication where pubname like '%_publication'",
        { names: ["new_publication"] },
      ],
    },
  },
  hostile: hostileName.chain((name) => hostileStates(hostilePublication, { name }, [name])),
};
