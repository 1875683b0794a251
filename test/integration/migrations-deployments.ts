import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import pg from "pg";
import type { Major } from "../../infra/local/index.ts";
import type { DeployOptions } from "../../infra/migrations/deployment/deploy-migrations.ts";
import { palisadeLock, prismaLock } from "../../infra/migrations/deployment/lock.ts";
import type { FormatName } from "../../infra/migrations/formats/format.ts";
import { compareHistory } from "../../infra/migrations/history/history.ts";
import { type MigrationFolder, migrationFolders, writeMigrations } from "../support/migration-folders.ts";
import { useMigrationsDatabase } from "./migrations-database.ts";

/** Each format on one of the versions, Prisma's on both. */
export const deploymentCases = (
  [
    ["prisma", 17],
    ["prisma", 15],
    ["supabase", 17],
    ["plain", 15],
  ] as const
).map(([name, major]) => [name, major, new Map(migrationFolders).get(name) as MigrationFolder] as const);

/** Deployments of a folder of migrations to a database of each test's own. */
export function useDeployments(name: FormatName, major: Major, folder: MigrationFolder) {
  const at = useMigrationsDatabase(major);
  const { format } = folder;
  const isPrismas = name === "prisma";
  const target = () => ({ connectionString: at.database.url, directory: join(at.project, folder.directory) });
  return {
    at,
    format,
    isPrismas,
    /** Whether its table has a word for one of which a part is committed. */
    knowsParts: name !== "supabase",
    lock: (isPrismas ? prismaLock : palisadeLock).key,
    target,
    deploy: (options: Partial<DeployOptions> = {}) => format.deploy({ ...target(), ...options }),
    /** In a process of its own. */
    startDeployment: (): ChildProcess =>
      spawn(
        process.execPath,
        [
          "--import",
          "tsx",
          "--input-type=module",
          "--eval",
          `import { formatNamed } from "./infra/migrations/formats/registry.ts";
          const { DIRECT_URL: connectionString, MIGRATIONS: directory } = process.env;
          await formatNamed("${format.name}").deploy({ connectionString, directory });`,
        ],
        { stdio: "inherit", env: { ...process.env, DIRECT_URL: at.database.url, MIGRATIONS: target().directory } },
      ),
    write: async (scripts: Readonly<Record<string, string | Buffer>>) => writeMigrations(at.project, folder, scripts),
    history: async () =>
      compareHistory(await format.readFolder(target().directory), await format.readRecords(at.database.url)),
    async connect(applicationName = "test") {
      const other = new pg.Client({ connectionString: at.database.url, application_name: applicationName });
      other.on("error", () => {});
      await other.connect();
      return other;
    },
  };
}
