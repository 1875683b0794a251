import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { describeFailure } from "../errors/failure.mjs";
import { refuseProjectPath } from "../settings/project-path.mjs";
import { commands } from "./commands.mjs";
import { ensureDependencies } from "./dependencies.mjs";

const repository = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/**
 * Runs the package's commands from its sources, and those of its repository. What is missing is installed first, so that they work on a
 * fresh clone.
 *
 * @param {readonly string[]} argv the command's name, then its arguments
 * @returns {Promise<number>} the exit code
 */
export async function main(argv) {
  try {
    refuseProjectPath(repository);
    await ensureDependencies({ projectDirectory: repository, report: (line) => console.error(line) });
  } catch (error) {
    console.error(describeFailure(error));
    return 1;
  }
  const { register } = await import("tsx/esm/api");
  register();
  const cli = await import("../cli/main.ts");
  return await cli.main(argv, commands(repository));
}
