import { projectCommand } from "../../settings/project-command.ts";

export type Resolution = "--applied" | "--rolled-back";

/** The command by which a person says what became of a migration. */
export type ResolveCommand = (resolution: Resolution, migration: string) => string;

export interface Deployed {
  readonly stack?: string | undefined;
  /** The folder of migrations as the program names it, from the project's folder. */
  readonly directory?: string | undefined;
}

/** As the command itself has it. */
export const usualDirectory = "prisma/migrations";

export function resolveCommand({ stack, directory = usualDirectory }: Deployed = {}): ResolveCommand {
  const folder = directory === usualDirectory ? [] : ["--directory", directory];
  return (resolution, migration) => projectCommand("migrations", ["resolve", resolution, migration, ...folder], stack);
}
