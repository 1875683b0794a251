import type { Properties } from "../../infra/values/properties.ts";

/** One of every kind that migrations can contradict. */
export const declared: readonly (readonly [kind: string, name: string, input: Properties])[] = [
  ["Schema", "private", { name: "private", grants: { authenticated: ["usage"], colleague: ["create"] } }],
  [
    "Function",
    "me",
    {
      definition:
        "create function private.me() returns text language sql stable as $$ select current_setting('request.jwt.claim.sub', true) $$",
      execute: ["authenticated"],
    },
  ],
  [
    "TableAccess",
    "tasks",
    {
      table: "public.tasks",
      grants: { authenticated: { select: true, update: ["title"] }, service_role: ["select"] },
      policies: {
        opens: { command: "select", roles: ["authenticated"], using: "owner = (select private.me())" },
        narrows: { as: "restrictive", using: "not archived", withCheck: "not archived" },
      },
    },
  ],
  ["ViewAccess", "totals", { view: "public.totals", grants: { authenticated: ["select"] } }],
  ["SequenceAccess", "numbers", { sequence: "public.numbers", grants: { authenticated: ["usage"] } }],
  [
    "FunctionAccess",
    "total",
    {
      function: "public.total()",
      execute: ["authenticated"],
      securityDefiner: true,
      searchPath: ["pg_catalog", "pg_temp"],
    },
  ],
  [
    "Trigger",
    "touch",
    {
      table: "public.tasks",
      name: "touch",
      timing: "before",
      events: ["update"],
      when: "old.title is distinct from new.title",
      function: "public.touch()",
    },
  ],
  ["TableAccess", "secrets", { table: "public.secrets", forceRowSecurity: true }],
  [
    "Policy",
    "files",
    {
      table: "storage.objects",
      name: "files",
      command: "select",
      roles: ["authenticated"],
      using: "owner_id = (select private.me())",
    },
  ],
  ["ExclusivePolicies", "files-list", { table: "storage.objects", policies: ["files"] }],
  [
    "Policy",
    "topics",
    {
      table: "realtime.messages",
      name: "topics",
      command: "select",
      roles: ["authenticated"],
      using: "extension = 'broadcast'",
    },
  ],
  ["Publication", "sent", { name: "sent", tables: ["public.tasks"], publish: ["insert"] }],
  ["Bucket", "bucket", { name: "files", public: false }],
  ["Role", "agent", { name: "agent", memberOf: { authenticated: {} } }],
  ["DefaultPrivileges", "new tables", { schema: "private", objects: "tables", grants: { authenticated: ["select"] } }],
];

/** Kinds of the registry that no statement of a migration takes access from or gives it to, with the reason. */
export const undeclared: Readonly<Record<string, string>> = {
  Extension: "it declares no right; that a migration dropped or moved one is drift, which the next preview shows",
  Migrations: "it is what applies the statements",
  Perimeter: "it declares no object: perimeter.test.ts has migrations open what nobody declares",
};
