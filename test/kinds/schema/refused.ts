import type { RefusedDeclaration } from "../sample.ts";

const long = "x".repeat(64);
const schema = (title: string, input: object, property: string, says: RegExp): RefusedDeclaration => ({
  title: `a schema ${title}`,
  kind: "Schema",
  input: { name: "wrong", ...input },
  property,
  says,
});

export const refused: readonly RefusedDeclaration[] = [
  schema("without a name", { name: "" }, "name", /can't be empty/),
  schema("of too long a name", { name: long }, "name", /64 bytes/),
  schema("of PostgreSQL's names", { name: "pg_mine" }, "name", /keeps names that begin with pg_/),
  schema("of the standard's", { name: "information_schema" }, "name", /belongs to PostgreSQL|PostgreSQL/),
  schema("of the platform's, auth", { name: "auth" }, "name", /platform owns the schema auth.*schema of your own/),
  schema("of the platform's, storage", { name: "storage" }, "name", /platform owns the schema storage/),
  schema("of somebody else", { name: "strange" }, "owner", /belongs to supabase_admin/),
  schema(
    "for an unknown role",
    { grants: { authentcated: ["usage"] } },
    "grants.authentcated",
    /role "authentcated" does not exist/,
  ),
  schema("for a role without a name", { grants: { "": ["usage"] } }, 'grants[""]', /can't be empty/),
  schema(
    "with a table's privilege",
    { grants: { anon: ["select"] } },
    "grants.anon[0]",
    /it must be one of "create", "usage"/,
  ),
  schema("with everything in one word", { grants: { anon: "all" } }, "grants.anon", /it must be a list/),
  schema("for its owner", { grants: { postgres: ["usage"] } }, "grants.postgres", /is the owner/),
  schema(
    "that everybody may hand on",
    { grants: { public: ["usage with grant option"] } },
    "grants.public",
    /everybody.*can't hand/,
  ),
  schema("of an unknown owner", { owner: "nobody" }, "owner", /may not act as nobody/),
  schema("with a property that there is not", { tables: [] }, "tables", /there is no such property; there are /),
  {
    title: "one schema twice",
    kind: "Schema",
    beside: [{ kind: "Schema", name: "first", input: { name: "private" } }],
    input: { name: "private" },
    property: "",
    says: /the schema private already belongs to the resource first/,
  },
];
