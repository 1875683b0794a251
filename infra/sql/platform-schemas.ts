import { formatQualified, type QualifiedName } from "./quote.ts";

/** Schemas whose objects belong to the platform: `postgres` may create policies and triggers there, and nothing else. */
const platformSchemas = ["auth", "storage", "realtime"];

/**
 * Further schemas that the platform creates, in a new project or with an extension. `postgres` may have grants and
 * objects in some of them.
 */
const schemasOfExtensions = [
  ...["cron", "extensions", "graphql", "graphql_public", "net", "pgbouncer", "pgmq", "pgmq_public", "pgsodium"],
  ...["pgsodium_masks", "pgtle", "supabase_functions", "supabase_migrations", "topology", "vault"],
];

/** Schemas with records of applied migrations: the Supabase CLI's, and Palisade's own for a plain folder. */
const recordSchemas = ["supabase_migrations", "palisade"];

/** Schemas of PostgreSQL itself. */
const systemSchemas = ["pg_catalog", "information_schema", "pg_toast"];

/** The platform's tables on which `postgres` may create policies and triggers. */
const lentTables = new Set(
  [
    ...[
      "audit_log_entries",
      "flow_state",
      "identities",
      "instances",
      "mfa_amr_claims",
      "mfa_challenges",
      "mfa_factors",
    ],
    ...["one_time_tokens", "refresh_tokens", "saml_providers", "saml_relay_states", "sessions", "sso_domains"],
    ...["sso_providers", "users"],
  ]
    .map((name) => `auth.${name}`)
    .concat(["realtime.messages", "realtime.subscription"])
    .concat(
      ["buckets", "migrations", "objects", "s3_multipart_uploads", "s3_multipart_uploads_parts"].map(
        (name) => `storage.${name}`,
      ),
    ),
);

/** The publication whose changes Realtime sends to clients. */
export const realtimePublication = "supabase_realtime";

export function isPlatformSchema(schema: string): boolean {
  return platformSchemas.includes(schema);
}

export function isRecordSchema(schema: string): boolean {
  return recordSchemas.includes(schema);
}

/** Whether the platform creates the schema. */
export function isMadeByPlatform(schema: string): boolean {
  return isPlatformSchema(schema) || schemasOfExtensions.includes(schema);
}

/** Why a project can't have objects in the schema; undefined if it can. */
export function platformSchemaProblem({ schema }: QualifiedName, advice: string): string | undefined {
  if (systemSchemas.includes(schema)) {
    return `the schema ${schema} belongs to PostgreSQL itself, and nothing there can be changed. ${advice}`;
  }
  return isPlatformSchema(schema)
    ? `the platform owns the schema ${schema}, and a hosted project refuses this there. ${advice}`
    : undefined;
}

/** Why a project can't have policies or triggers on the table; undefined if it can. */
export function platformTableProblem(table: QualifiedName, what: "policies" | "triggers"): string | undefined {
  if (systemSchemas.includes(table.schema)) return platformSchemaProblem(table, "Name a table of your own");
  const name = formatQualified(table);
  return isPlatformSchema(table.schema) && !lentTables.has(name)
    ? `the platform owns ${name}, and a hosted project refuses ${what} there. Of the platform's tables it allows them on storage.objects, realtime.messages, auth.users and the like`
    : undefined;
}
