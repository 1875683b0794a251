import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { FormatName, MigrationFormat } from "../../infra/migrations/formats/format.ts";
import { formatNamed } from "../../infra/migrations/formats/registry.ts";

/** A folder of migrations in one of the formats, of which a test names only the migrations. */
export interface MigrationFolder {
  readonly format: MigrationFormat;
  /** From the project's folder. */
  readonly directory: string;
  /** The table of what is applied. */
  readonly table: string;
  /** The SQL of a column with the migrations' names, and of whether each is applied. */
  readonly names: string;
  readonly isApplied: string;
  /** The file of a migration, from the project's folder. */
  file(name: string): string;
}

const folders: Readonly<Record<FormatName, Omit<MigrationFolder, "format">>> = {
  prisma: {
    directory: "migrations",
    table: "public._prisma_migrations",
    names: "migration_name",
    isApplied: "finished_at is not null",
    file: (name) => `migrations/${name}/migration.sql`,
  },
  supabase: {
    directory: "supabase/migrations",
    table: "supabase_migrations.schema_migrations",
    names: "version || '_' || name",
    isApplied: "true",
    file: (name) => `supabase/migrations/${name}.sql`,
  },
  plain: {
    directory: "db/migrations",
    table: "palisade.migrations",
    names: "name",
    isApplied: "applied_at is not null",
    file: (name) => `db/migrations/${name}.sql`,
  },
};

/** The three formats with the names by which tests tell them apart, for `describe.each`. */
export const migrationFolders: readonly (readonly [FormatName, MigrationFolder])[] = (
  ["prisma", "supabase", "plain"] as const
).map((name) => [name, { format: formatNamed(name), ...folders[name] }]);

export function writeMigrations(
  project: string,
  folder: MigrationFolder,
  scripts: Readonly<Record<string, string | Buffer>>,
): void {
  for (const [name, script] of Object.entries(scripts)) {
    const path = join(project, folder.file(name));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, script);
  }
}

export function removeMigration(project: string, { file, format }: MigrationFolder, name: string): void {
  const path = join(project, file(name));
  rmSync(format.name === "prisma" ? dirname(path) : path, { recursive: true });
}
