import { existsSync, readdirSync } from "node:fs";
import { basename, extname } from "node:path";
import { SettingsError } from "../errors/settings-error.ts";
import { suggestSimilar } from "../values/similar-name.ts";
import { localStack } from "./local-stack.ts";
import { type ProjectSettings, stackFile } from "./project.ts";
import { projectCommand } from "./project-command.ts";

/** @throws {SettingsError} if a stack has no file of settings, which a mistyped name has not */
export function refuseUnknownStack(project: ProjectSettings, stack: string, file = stackFile(project, stack)): void {
  if (stack === localStack || existsSync(file)) return;
  const known = listStacks(project);
  throw new SettingsError(
    `the stack ${stack} is unknown${suggestSimilar(stack, known)}: there is no ${basename(file)}. ` +
      `The stacks are ${known.join(", ")}; to add another: ${projectCommand("init", [stack])}`,
  );
}

/** The local stack, and those with a file of settings. */
function listStacks({ file, stackFolder }: ProjectSettings): readonly string[] {
  const [start, end] = ["Pulumi.", extname(file)];
  const names = (existsSync(stackFolder) ? readdirSync(stackFolder) : [])
    .filter((name) => name.startsWith(start) && name.endsWith(end) && name.length > start.length + end.length)
    .map((name) => name.slice(start.length, -end.length));
  return [...new Set([localStack, ...names.sort()])];
}
