import type { RefusedDeclaration } from "../sample.ts";

const long = "x".repeat(64);
const list = (title: string, input: object, property: string, says: RegExp): RefusedDeclaration => ({
  title: `a list of policies ${title}`,
  kind: "ExclusivePolicies",
  input: { table: "storage.objects", policies: [], ...input },
  property,
  says,
});
const filesPolicy = { table: "storage.objects", command: "select", using: "true" };

export const refused: readonly RefusedDeclaration[] = [
  list("of a table that does not exist", { table: "public.task" }, "table", /relation "public\.task" does not exist/),
  list("of a view", { table: "public.member_names" }, "table", /is no table but a view/),
  list("of a name with a semicolon", { table: "storage.objects; select 1" }, "table", /is no table name/),
  list(
    "of a platform's table where none are allowed",
    { table: "auth.schema_migrations" },
    "table",
    /platform owns auth\.schema_migrations.*refuses policies there/,
  ),
  list("of PostgreSQL's own catalog", { table: "pg_catalog.pg_class" }, "table", /belongs to PostgreSQL itself/),
  list("of somebody else's table", { table: "strange.things" }, "table", /belongs to supabase_admin.*give it to/),
  list("without a table", { table: undefined }, "table", /it (must be|is missing; give it) a text/),
  list(
    "with one name twice",
    { policies: ["read", "write", "read"] },
    "policies[2]",
    /"read" is named twice; name it once/,
  ),
  list("with too long a name", { policies: [long] }, "policies[0]", /the name has 64 bytes/),
  list("with a name that is empty", { policies: ["read", ""] }, "policies[1]", /can't be empty/),
  list("that is a text", { policies: "read" }, "policies", /write a list of the names/),
  list("that is missing", { policies: undefined }, "policies", /write a list of the names/),
  list("with definitions", { policies: { read: { using: "true" } } }, "policies", /write a list of the names/),
  list(
    "with a property that there is not",
    { names: [] },
    "names",
    /there is no such property; there are table, policies/,
  ),
  {
    title: "two lists of one table's policies",
    kind: "ExclusivePolicies",
    beside: [{ kind: "ExclusivePolicies", name: "first", input: { table: "storage.objects", policies: [] } }],
    input: { table: "storage.objects", policies: [] },
    property: "",
    says: /the list of policies of storage\.objects already belongs to the resource first; declare it once/,
  },
  {
    title: "a list of policies of a table that has an access",
    kind: "ExclusivePolicies",
    beside: [{ kind: "TableAccess", name: "first", input: { table: "public.tasks" } }],
    input: { table: "tasks", policies: [] },
    property: "",
    says: /policies and grants of public\.tasks already belongs to the resource first; declare it once/,
  },
  {
    title: "an access to a table whose policies are listed",
    kind: "TableAccess",
    beside: [{ kind: "ExclusivePolicies", name: "first", input: { table: "public.tasks", policies: [] } }],
    input: { table: "public.tasks" },
    property: "",
    says: /the list of policies of public\.tasks already belongs to the resource first; declare it once/,
  },
  {
    title: "a list that leaves a policy out",
    kind: "ExclusivePolicies",
    beside: [
      { kind: "Policy", name: "listed", input: { ...filesPolicy, name: "listed" } },
      { kind: "Policy", name: "left out", input: { ...filesPolicy, name: "left out" } },
    ],
    input: { table: "storage.objects", policies: ["listed"] },
    property: "policies",
    says: /a Policy declares "left out" on storage\.objects as well.*add it to the list/,
  },
  {
    title: "a policy that a list leaves out",
    kind: "Policy",
    beside: [{ kind: "ExclusivePolicies", name: "first", input: { table: "storage.objects", policies: ["listed"] } }],
    input: { ...filesPolicy, name: "left out" },
    property: "name",
    says: /lists the policies of storage\.objects without "left out", and would drop it; add it to that list/,
  },
];
