import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { projectDirectory } from "../../infra/settings/project-folder.ts";
import { packPackage, runIn } from "./installed-project.ts";
import { linkPackages } from "./link-packages.ts";

/** The tag of the last release before this commit. A tag on this commit is the release that is being made. */
export async function findLastRelease(): Promise<string | undefined> {
  const describe = ["git", "describe", "--tags", "--abbrev=0", "--match", "v[0-9]*", "HEAD^"];
  const { exitCode, output } = await runIn(projectDirectory, describe);
  return exitCode === 0 ? output.trim() : undefined;
}

/** Builds and packs the package as it was at a tag. @returns the tarball */
export async function packRelease(tag: string, folder: string): Promise<string> {
  const source = join(folder, "source");
  mkdirSync(source);
  const archive = join(folder, "source.tar");
  await expectSuccess(projectDirectory, ["git", "archive", "--output", archive, tag]);
  await expectSuccess(source, ["tar", "-xf", archive]);
  const lockOf = (root: string) => readFileSync(join(root, "package-lock.json"), "utf8");
  if (lockOf(source) === lockOf(projectDirectory)) linkPackages(source);
  else await expectSuccess(source, ["npm", "ci", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"]);
  return packPackage(folder, source);
}

async function expectSuccess(folder: string, command: readonly string[]): Promise<void> {
  const { exitCode, output } = await runIn(folder, command);
  if (exitCode !== 0) throw new Error(`${command.join(" ")} failed: ${output}`);
}
