import { usualMigrations } from "../../settings/paths.ts";
import { projectCommand } from "../../settings/project-command.ts";

type Resolution = "--applied" | "--rolled-back";

/** Writes the command with which somebody resolves a failed migration. */
export type ResolveCommand = (resolution: Resolution, migration: string) => string;

export interface Deployed {
  readonly stack?: string | undefined;
  /** The folder of migrations as the program names it, relative to the project's folder. */
  readonly directory?: string | undefined;
  /** The folder that the command uses by default. Default: Prisma's. */
  readonly usual?: string;
  /** The format, if the command might recognise a different one. */
  readonly format?: string | undefined;
}

export function resolveCommand({
  stack,
  usual = usualMigrations(),
  directory = usual,
  format,
}: Deployed = {}): ResolveCommand {
  const folder = directory === usual ? [] : ["--directory", directory];
  const said = format === undefined ? [] : ["--format", format];
  return (resolution, migration) =>
    projectCommand("migrations", ["resolve", resolution, migration, ...folder, ...said], stack);
}
