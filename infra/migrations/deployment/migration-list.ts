import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { MigrationList, SchemaFilter } from "@prisma/schema-engine-wasm/schema_engine_bg";
import { readPrismaFolder } from "../formats/prisma/folder.ts";

/** A folder of migrations in the form that the schema engine takes. */
export async function listPrismaMigrations(directory: string): Promise<MigrationList> {
  const scripts = await readPrismaFolder(directory);
  const lockfile = "migration_lock.toml";
  return {
    baseDir: directory,
    lockfile: { path: lockfile, content: await readFile(join(directory, lockfile), "utf8").catch(() => null) },
    shadowDbInitScript: "",
    migrationDirectories: scripts.map(({ name, script }) => ({
      path: name,
      migrationFile: { path: "migration.sql", content: { tag: "ok", value: script } },
    })),
  };
}

/** The engine considers all tables and enums. */
export const noFilters: SchemaFilter = { externalTables: [], externalEnums: [] };
