import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Problem } from "../errors/errors.ts";
import { SettingsError } from "../errors/settings-error.ts";
import { readProjectIn } from "../settings/project.ts";
import { projectCommand } from "../settings/project-command.ts";
import { isDefaultProvider } from "../values/urn.ts";

/**
 * Why an update of this project could not prove access at its end; checked before anything is changed.
 * @param providerUrn the provider that the setting belongs to
 */
export function verificationProblems(projectDirectory: string, providerUrn: string): readonly Problem[] {
  const problem = isDefaultProvider(providerUrn) ? findProblem(projectDirectory) : ofStack;
  return problem === undefined ? [] : [{ path: [], message: `palisade:verify: ${problem}` }];
}

const ofStack =
  "it is a setting of the whole stack, in whose file it belongs; an update proves nothing for a provider's argument";

function findProblem(directory: string): string | undefined {
  try {
    const { language, paths } = readProjectIn(directory);
    if (language !== undefined && language !== "nodejs") {
      return `a program in ${language} can't do it; leave the setting out, and run palisade verify after the update`;
    }
    if (existsSync(resolve(directory, paths.verification))) return undefined;
    return `there is no ${paths.verification}, which says who may do what; write one (${projectCommand("verify")} shows how), or leave the setting out`;
  } catch (error) {
    if (error instanceof SettingsError) return error.message;
    throw error;
  }
}
