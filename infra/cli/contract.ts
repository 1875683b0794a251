import { resolve } from "node:path";
import { configuredFolder } from "../contract/configured.ts";
import { writeContract } from "../contract/index.ts";
import { InputError } from "../errors/errors.ts";
import { refuseUnknownStack } from "../settings/known-stacks.ts";
import { localStack } from "../settings/local-stack.ts";
import { readProjectIn } from "../settings/project.ts";
import { projectCommand } from "../settings/project-command.ts";
import { projectDirectory } from "../settings/project-folder.ts";
import { readOptions } from "./read-options.ts";

const usage = `${projectCommand("contract", ["--out", "DIR"])} [--stack NAME] [--check]

  --out DIR     the folder to write, such as ../application/src/contract (default: palisade:contract in Pulumi.<stack>.yaml)
  --stack NAME  the stack whose program is read (default: ${localStack})
  --check       write nothing, and fail when the folder is out of date

What is written compiles in the application: where it would not, nothing is replaced, and the exit code is 1.`;

/** `palisade contract`: writes what the stack declares as a TypeScript package for an application. */
export async function run(args: readonly string[]): Promise<number> {
  const { out, stack, check, help } = readArguments(args);
  // npm runs commands in the project's folder; the user means a path relative to their own working directory.
  const named = out === undefined ? undefined : resolve(process.env.INIT_CWD ?? process.cwd(), out);
  if (help) {
    console.error(usage);
    return 0;
  }
  refuseUnknownStack(readProjectIn(projectDirectory), stack);
  const folder = named ?? configuredFolder(projectDirectory, stack);
  if (folder === undefined) {
    throw new InputError(
      `the contract has no folder: name one with --out, or in the configuration of the stack ${stack} (palisade:contract)\n\n${usage}`,
    );
  }
  const report = (line: string) => console.error(line);
  const changes = await writeContract({ directory: projectDirectory, stack, out: folder, check, report });
  for (const path of changes.write) console.error(`${check ? "out of date" : "wrote"}  ${path}`);
  for (const path of changes.remove) console.error(`${check ? "superfluous" : "removed"}  ${path}`);
  const isCurrent = changes.write.length + changes.remove.length === 0;
  if (isCurrent) console.error(`${folder} is as the stack declares.`);
  return check && !isCurrent ? 1 : 0;
}

function readArguments(args: readonly string[]) {
  const options = {
    out: { type: "string" },
    stack: { type: "string", default: localStack },
    check: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  } as const;
  return readOptions(args, options, usage);
}
