import type { Effect } from "../../access/effects/effect.ts";
import type { CatalogPart } from "../../catalog/part.ts";
import type { Deployment, DeployOptions, MigrationTarget } from "../deployment/deploy-migrations.ts";
import type { FolderMigration, MigrationRecord } from "../history/history.ts";

/** The tool that a folder's migrations belong to: Prisma, the Supabase CLI, or none (plain scripts). */
export type FormatName = (typeof formatNames)[number];
export const formatNames = ["prisma", "supabase", "plain"] as const;

/** How one tool stores its migrations, in a folder and in a table of the database. */
export interface MigrationFormat {
  readonly name: FormatName;
  /** What messages call its migrations: `Prisma migrations`. */
  readonly title: string;
  /** The table of applied migrations. */
  readonly records: CatalogPart<readonly MigrationRecord[] | undefined>;
  /** The table that the first migration creates in a schema which an API may serve, if it does not exist yet. */
  readonly ownTable?: { readonly assumption: string; readonly effect: Effect };
  /** Whether a record can be corrected: rewritten from the current file, or deleted. Prisma's engine allows neither. */
  readonly isRepairable: boolean;
  /**
   * Whether a database without records is refused if it has any table in `public` (Prisma's P3005), and not only if it
   * has those that the migrations create.
   */
  readonly needsBaseline: boolean;
  /**
   * Whether a preview warns about a migration that comes before one that has been applied. Prisma applies it silently.
   */
  readonly warnsOutOfOrder: boolean;
  /**
   * Finds what is wrong with a folder, and says what to do; undefined if nothing is wrong.
   * @param named the folder as the program names it
   */
  findProblem(directory: string, named: string): Promise<string | undefined>;
  /** The migrations of a folder, in the order in which they are applied. Empty if the folder does not exist. */
  readFolder(directory: string): Promise<readonly FolderMigration[]>;
  /** The naming rules for new, empty scripts. Absent: a migration is generated from the schema. */
  readonly newScript?: ScriptNames;
  /** Files in the folder that are not migrations, though they may look like it: one line each, with the reason. */
  findSkipped?(directory: string): Promise<readonly string[]>;
  /** Reads the table over a separate connection. No table means no records. Changes nothing. */
  readRecords(connectionString: string): Promise<readonly MigrationRecord[]>;
  /** Applies what is pending, in order. */
  deploy(options: DeployOptions): Promise<Deployment>;
  /** Records a migration of the folder as applied without applying it. */
  markApplied(target: MigrationTarget, name: string): Promise<void>;
  /** Makes the next deployment apply a migration again. */
  markRolledBack(target: MigrationTarget, name: string): Promise<void>;
}

export interface ScriptNames {
  /** The order in which migrations with these names are applied. */
  compare(left: string, right: string): number;
  /**
   * The prefix of a new migration's name: `20260105090000_`.
   * @param names those of the folder's migrations, in order
   */
  prefix(names: readonly string[], now: Date): string;
}
