import fc from "fast-check";
import { hostileName, hostileRole } from "../../support/hostile.ts";
import { hostileStates } from "../hostile.ts";
import type { Drift, RefusedDeclaration, Sample } from "../sample.ts";

const owned = (key: string) => `drift_${key}`;
const change = (title: string, statement: string, ...shown: string[]): Drift => ({
  title,
  sql: (key) =>
    `alter default privileges for role postgres in schema ${owned(key)} ${statement.replaceAll("$schema", owned(key))}`,
  shown,
});
const entry = (title: string, input: object, property: string, says: RegExp): RefusedDeclaration => ({
  title: `default privileges ${title}`,
  kind: "DefaultPrivileges",
  input: { schema: "public", objects: "tables", ...input },
  property,
  says,
});
const grants = fc.dictionary(
  hostileRole,
  fc.subarray(["select", "insert with grant option", "delete"], { minLength: 1 }),
  { maxKeys: 3 },
);
const replaced = (old: string, next: string) => (age: "old" | "new") => (age === "old" ? old : next);
const program = (name: string, input: (age: "old" | "new") => string) => (age: "old" | "new") =>
  `new DefaultPrivileges("${name}", { ${input(age)}, grants: { anon: ["usage"] } });`;
const usages = (schema: string) =>
  `select array_agg(concat_ws(' ', defaclrole::regrole, defaclobjtype)) as entries from pg_default_acl
   where ${schema} and defaclacl::text like '%anon=U%'`;

export const sample: Sample = {
  setup: (key) => `create schema ${owned(key)}; grant create, usage on schema ${owned(key)} to drift_owner`,
  input: (key) => ({
    owner: "postgres",
    schema: owned(key),
    objects: "tables",
    grants: { authenticated: ["select", "insert"], service_role: "all" },
  }),
  others: { grants: { anon: ["select"] }, "grants.*": "delete" },
  identity: ["owner", "schema", "objects"],
  drifts: [
    change("lets everybody read what is made next", "grant select on tables to public", "grants.public"),
    change(
      "lets a role hand its right on",
      "grant select on tables to authenticated with grant option",
      "grants.authenticated",
    ),
    change("takes everything away", "revoke all on tables from service_role", "grants.service_role"),
  ],
  leaves: { grants: {} },
  imports: {
    setup: `create schema "Odd Defaults"; alter default privileges in schema "Odd Defaults" grant select on tables to anon`,
    accepted: [
      ["postgres/functions", "postgres/functions"],
      ["postgres/function", "postgres/functions"],
      ['postgres/"Odd Defaults"/tables', 'postgres/"Odd Defaults"/tables'],
      ['"postgres"/"public"/sequences', "postgres/public/sequences"],
    ],
    refused: [
      ["postgres/public", "names no default privileges; write the role, a schema or none"],
      ["Postgres/tables", "the role Postgres does not exist. Write 'postgres/tables'"],
      ["postgres/Public/tables", "the schema Public does not exist. Write 'postgres/public/tables'"],
    ],
  },
  refused: [
    entry("of nobody", { owner: "" }, "owner", /can't be empty/),
    entry("of the platform's role", { owner: "supabase_admin" }, "owner", /only supabase_admin decides about objects/),
    entry("of a role that there is not", { owner: "nobody" }, "owner", /role "nobody" does not exist/),
    entry("in a schema that there is not", { schema: "pubic" }, "schema", /schema "pubic" does not exist/),
    entry("on schemas in a schema", { objects: "schemas" }, "schema", /in no other schema/),
    entry("on views", { objects: "views" }, "objects", /it must be one of "tables", "sequences"/),
    entry("for a role that there is not", { grants: { nobody: ["select"] } }, "grants.nobody", /does not exist/),
    entry(
      "of no such right",
      { grants: { anon: ["execute"] } },
      "grants.anon",
      /no privilege "execute" on tables; there are/,
    ),
    entry("of a right in no list", { grants: { anon: "select" } }, "grants.anon", /write "all", or a list/),
    entry("for its owner", { grants: { postgres: ["select"] } }, "grants.postgres", /is the owner/),
    entry(
      "that everybody may hand on",
      { grants: { public: ["select with grant option"] } },
      "grants.public",
      /everybody can't hand/,
    ),
    {
      ...entry("of a later version's right", { grants: { anon: ["maintain"] } }, "grants.anon", /no privilege/),
      upTo: 15,
    },
    {
      title: "one entry of default privileges twice",
      kind: "DefaultPrivileges",
      beside: [{ kind: "DefaultPrivileges", name: "first", input: { objects: "functions" } }],
      input: { objects: "functions", owner: "postgres" },
      property: "",
      says: /the default privileges on functions of postgres already belongs to the resource first/,
    },
  ],
  replacements: {
    owner: {
      setup:
        "do $$ begin create role defaults_owner; grant defaults_owner to postgres; exception when duplicate_object then null; end $$",
      program: program(
        "owner of defaults",
        (age) => `owner: "${replaced("defaults_owner", "postgres")(age)}", objects: "types"`,
      ),
      after: [usages("defaclnamespace = 0 and defaclobjtype = 'T'"), { entries: ["postgres T"] }],
    },
    schema: {
      setup: "create schema old_defaults; create schema new_defaults",
      program: program("schema of defaults", (age) => `schema: "${age}_defaults", objects: "sequences"`),
      after: [
        usages("defaclnamespace <> 0 and defaclnamespace::regnamespace::text = 'new_defaults'"),
        { entries: ["postgres S"] },
      ],
    },
    objects: {
      setup: "create schema class_of_defaults",
      program: program(
        "class of defaults",
        (age) => `schema: "class_of_defaults", objects: "${replaced("sequences", "types")(age)}"`,
      ),
      after: [usages("defaclnamespace = 'class_of_defaults'::regnamespace"), { entries: ["postgres T"] }],
    },
  },
  hostile: fc
    .tuple(hostileRole, hostileName)
    .chain(([owner, schema]) =>
      hostileStates(fc.record({ grants }), { owner, schema, objects: "tables" }, [owner, schema]),
    ),
};
