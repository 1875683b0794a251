import fc from "fast-check";
import { hostileName, hostileRole } from "../../support/hostile.ts";
import { hostileStates } from "../hostile.ts";
import type { Sample } from "../sample.ts";
import { drifts } from "./drifts.ts";
import { refused } from "./refused.ts";

const hostileGrants = fc.dictionary(hostileRole, fc.subarray(["create", "usage"], { minLength: 1 }), { maxKeys: 3 });

export const sample: Sample = {
  input: (key) => ({
    name: `drift_${key}`,
    owner: "postgres",
    grants: { authenticated: ["usage"], service_role: ["usage", "create"] },
  }),
  others: { owner: "drift_publisher", grants: { anon: ["usage"] }, "grants.*": "create with grant option" },
  identity: ["name"],
  drifts,
  imports: {
    setup: `create schema "Odd Schema"`,
    accepted: [['"Odd Schema"', "Odd Schema"]],
    refused: [
      ["odd schema", "the schema odd schema does not exist. Write 'Odd Schema'"],
      ["auth", "the platform owns the schema auth"],
    ],
  },
  refused,
  replacements: {
    name: {
      program: (age) => `new Schema("replaced schema", { name: "${age}_schema", grants: { anon: ["usage"] } });`,
      use: "create table old_schema.kept (id text)",
      after: [
        `select has_schema_privilege('anon', 'old_schema', 'usage') as "old", has_schema_privilege('anon', 'new_schema', 'usage') as "new"`,
        { old: false, new: true },
      ],
    },
  },
  hostile: hostileName.chain((name) => hostileStates(fc.record({ grants: hostileGrants }), { name }, [name])),
};
