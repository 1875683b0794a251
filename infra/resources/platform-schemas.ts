import type { QualifiedName } from "./sql/quote.ts";

/** Schemas whose objects belong to the platform: `postgres` may create policies and triggers there, and nothing else. */
const platformSchemas = ["auth", "storage", "realtime"];

export function isPlatformSchema(schema: string): boolean {
  return platformSchemas.includes(schema);
}

export function platformSchemaProblem({ schema }: QualifiedName, advice: string): string | undefined {
  return isPlatformSchema(schema)
    ? `the platform owns the schema ${schema}, and a hosted project refuses this there. ${advice}`
    : undefined;
}
