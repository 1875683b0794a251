import fc from "fast-check";
import { hostileRole, hostileText } from "../../support/hostile.ts";
import { hostileStates } from "../hostile.ts";
import type { Sample } from "../sample.ts";
import { drifts } from "./drifts.ts";
import { refused } from "./refused.ts";

const hostileAttributes = fc.record(
  {
    login: fc.boolean(),
    createRole: fc.boolean(),
    connectionLimit: fc.integer({ min: -1, max: 9 }),
    memberOf: fc.dictionary(hostileRole, fc.record({ admin: fc.boolean(), set: fc.boolean() }), { maxKeys: 3 }),
    settings: fc.dictionary(
      fc.constantFrom("search_path", "application_name", "app.tenant"),
      fc.oneof(hostileText, fc.uniqueArray(hostileText, { minLength: 1, maxLength: 2 })),
    ),
  },
  { requiredKeys: [] },
);

export const sample: Sample = {
  input: (key) => ({
    name: `drift_${key}`,
    login: false,
    inherit: true,
    createDatabase: false,
    createRole: false,
    bypassRowLevelSecurity: false,
    replication: false,
    connectionLimit: 3,
    validUntil: "2040-01-01",
    memberOf: { anon: { admin: false, inherit: true, set: true }, authenticated: {} },
    settings: { statement_timeout: 3000, search_path: ["$user", "public"], default_transaction_read_only: true },
  }),
  others: {
    connectionLimit: 7,
    validUntil: "2041-01-01T00:00:00+01:00",
    memberOf: { service_role: {} },
    settings: { lock_timeout: "5s" },
    "settings.*": "1min",
  },
  identity: ["name"],
  // From PostgreSQL 16 on nobody but its grantor may end a membership.
  changedBy: "postgres",
  // The role that deploys can take them back only from PostgreSQL 16 on.
  byHand: ["bypassRowLevelSecurity", "replication"],
  drifts,
  imports: {
    setup: `create role "Import Role"; create role import_role`,
    accepted: [
      ['"Import Role"', "Import Role"],
      ["import_role", "import_role"],
      ["anon", "anon"],
    ],
    refused: [
      ["import role", "the role import role does not exist. Write 'Import Role'"],
      ["supabase_admin", "supabase_admin is a superuser"],
    ],
  },
  refused,
  replacements: {
    name: {
      setup: "create table public.for_roles (id text); alter table public.for_roles owner to postgres",
      program: (age) =>
        `new Role("replaced role", { name: "${age}_role" });
         new TableAccess("for roles", { table: "public.for_roles", grants: { ${age}_role: ["select"] } });`,
      after: [
        "select array_agg(rolname::text) as names from pg_roles where rolname like '%\\_role' and rolname in ('old_role', 'new_role')",
        { names: ["new_role"] },
      ],
    },
  },
  hostile: fc
    .oneof({ weight: 9, arbitrary: hostileRole }, { weight: 1, arbitrary: fc.constant("a$$b") })
    .chain((name) => hostileStates(hostileAttributes, { name }, [name])),
};
