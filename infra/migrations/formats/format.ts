import type { Effect } from "../../access/effects/effect.ts";
import type { CatalogPart } from "../../catalog/part.ts";
import type { Deployment, DeployOptions, MigrationTarget } from "../deployment/deploy-migrations.ts";
import type { FolderMigration, MigrationRecord } from "../history/history.ts";

/** Whose migrations a folder holds: Prisma's, the Supabase CLI's, or plain scripts. */
export type FormatName = (typeof formatNames)[number];
export const formatNames = ["prisma", "supabase", "plain"] as const;

/** How one tool keeps its migrations, in a folder and in a table of the database. */
export interface MigrationFormat {
  readonly name: FormatName;
  /** As messages call its migrations: `Prisma migrations`. */
  readonly title: string;
  /** The table of what is applied. */
  readonly records: CatalogPart<readonly MigrationRecord[] | undefined>;
  /** What comes with the first migration in a schema that an API may serve, where it is not there yet. */
  readonly ownTable?: { readonly assumption: string; readonly effect: Effect };
  /** Whether a record can be corrected: made anew from the file as it is now, or taken away. Prisma's engine refuses both. */
  readonly isRepairable: boolean;
  /** Whether a database with any table in `public` is refused before its first record (Prisma's P3005), and not only one with what the migrations make. */
  readonly needsBaseline: boolean;
  /** Whether a preview warns of a migration that comes before one that is applied already. Prisma applies it without a word. */
  readonly warnsOutOfOrder: boolean;
  /**
   * Finds what is wrong with a folder, and says what to do; undefined if nothing is wrong.
   * @param named the folder as the program names it
   */
  findProblem(directory: string, named: string): Promise<string | undefined>;
  /** The migrations of a folder, in the order in which they are applied. A folder that does not exist holds none. */
  readFolder(directory: string): Promise<readonly FolderMigration[]>;
  /** How an empty script for somebody to write is named. Absent: a migration is written from the schema. */
  readonly newScript?: ScriptNames;
  /** What stands in the folder and is no migration, though it may look like one: a line each, with the reason. */
  findSkipped?(directory: string): Promise<readonly string[]>;
  /** Reads the table over a connection of its own. No table means no records. Changes nothing. */
  readRecords(connectionString: string): Promise<readonly MigrationRecord[]>;
  /** Applies what is pending, in order. */
  deploy(options: DeployOptions): Promise<Deployment>;
  /** Records a migration of the folder as applied without applying it. */
  markApplied(target: MigrationTarget, name: string): Promise<void>;
  /** Has a migration applied again by the next deployment. */
  markRolledBack(target: MigrationTarget, name: string): Promise<void>;
}

export interface ScriptNames {
  /** The order in which migrations with these names are applied. */
  compare(left: string, right: string): number;
  /** What a new migration's name begins with: `20260105090000_`. @param names those of the folder's migrations, in their order */
  prefix(names: readonly string[], now: Date): string;
}
