import type { MigrationTarget } from "../../infra/migrations/deployment/deploy-migrations.ts";
import { listPrismaMigrations, noFilters } from "../../infra/migrations/deployment/migration-list.ts";
import { PrismaSession } from "../../infra/migrations/deployment/prisma-session.ts";
import { withSchemaEngine } from "../../infra/migrations/deployment/schema-engine.ts";

/** What Prisma's own engine says of a folder and a database's record of migrations. */
export async function diagnoseHistory({ connectionString, directory }: MigrationTarget) {
  const migrationsList = await listPrismaMigrations(directory);
  const session = await PrismaSession.open(connectionString);
  try {
    return await withSchemaEngine(session.connections, (engine) =>
      engine.diagnoseMigrationHistory({ migrationsList, optInToShadowDatabase: false, filters: noFilters }),
    );
  } finally {
    await session.close();
  }
}
