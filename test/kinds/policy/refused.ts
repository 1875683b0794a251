import type { RefusedDeclaration } from "../sample.ts";

const long = "x".repeat(64);
const files = (title: string, more: object, property: string, says: RegExp): RefusedDeclaration => ({
  title: `a policy of its own ${title}`,
  kind: "Policy",
  input: { table: "storage.objects", name: "mine", command: "select", using: "true", ...more },
  property,
  says,
});

export const refused: readonly RefusedDeclaration[] = [
  files(
    "with a misspelled column, with the server's hint",
    { using: "bucketid = 'a'" },
    "using",
    /column "bucketid" does not exist.*Perhaps you meant to reference the column "objects\.bucket_id"/,
  ),
  files(
    "with an unknown helper",
    { using: "storage.folder(name) = 'a'" },
    "using",
    /function storage\.folder\(text\) does not exist/,
  ),
  files("with a list for a text", { using: "storage.foldername(name) = 'a'" }, "using", /malformed array literal/),
  files("with a check for select", { withCheck: "true" }, "withCheck", /leave withCheck out/),
  files("with an empty comment", { comment: "" }, "comment", /./),
  files("for an unknown role", { roles: ["users"] }, "roles", /role "users" does not exist/),
  files("without a name", { name: "" }, "name", /can't be empty/),
  files("of too long a name", { name: long }, "name", /64 bytes/),
  files(
    "on a table that does not exist",
    { table: "public.files" },
    "table",
    /relation "public\.files" does not exist/,
  ),
  files("on a view", { table: "public.member_names" }, "table", /is no table but a view/),
  files(
    "on a platform's table where none are allowed",
    { table: "auth.schema_migrations" },
    "table",
    /platform owns auth\.schema_migrations.*refuses policies there/,
  ),
  files("on PostgreSQL's own catalog", { table: "pg_catalog.pg_class" }, "table", /system|belongs to/),
  files("on somebody else's table", { table: "strange.things" }, "table", /belongs to supabase_admin/),
  files("on a name with a semicolon", { table: "storage.objects; select 1" }, "table", /is no table name/),
  files("without a condition", { using: undefined }, "using", /needs using/),
  files("for an unknown command", { command: "upsert" }, "command", /it must be one of "all", "select"/),
  files("of an unknown sort", { as: "strict" }, "as", /it must be one of "permissive", "restrictive"/),
  files("with grants", { grants: {} }, "grants", /there is no such property; there are /),
  {
    title: "a policy of its own on no table",
    kind: "Policy",
    input: { name: "p", using: "true" },
    property: "table",
    says: /it (must be|is missing; give it) a text/,
  },
];
