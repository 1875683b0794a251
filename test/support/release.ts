import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { projectDirectory } from "../../infra/settings/project-folder.ts";
import { packPackage, runIn } from "./installed-project.ts";
import { linkPackages } from "./link-packages.ts";

/** The version of the package before the present one, as far as this clone has it. */
export interface Release {
  /** What people call it: `v0.2.0`, or `0.2.0 at c08ec2a2c2f6`. */
  readonly title: string;
  /** Undefined if the clone doesn't have it. */
  readonly revision: string | undefined;
}

/**
 * The last release before this commit: its tag, or where there are no tags, the last commit at which the package had another version, or
 * the commit in test/upgrade/last-release.json. A tag on this commit is the release that is being made.
 */
export async function findLastRelease(repository = projectDirectory): Promise<Release> {
  const git = async (...command: readonly string[]) => {
    const { exitCode, output } = await runIn(repository, ["git", ...command]);
    return exitCode === 0 ? output.trim() : "";
  };
  const versionAt = async (revision: string) => {
    const text = await git("show", `${revision}:infra/package.json`);
    return text === "" ? undefined : (JSON.parse(text) as { readonly version: string }).version;
  };

  const tag = await git("describe", "--tags", "--abbrev=0", "--match", "v[0-9]*", "HEAD^");
  if (tag !== "") return { title: tag, revision: tag };

  const changed = await git("log", "-1", "--format=%H", "-G", '^  "version": ', "--", "infra/package.json");
  const before = changed === "" ? undefined : await versionAt(`${changed}^`);
  if (before !== undefined) {
    const commit = await git("rev-parse", `${changed}^`);
    return { title: `${before} at ${commit.slice(0, 12)}`, revision: commit };
  }

  const recorded = JSON.parse(readFileSync(join(repository, "test/upgrade/last-release.json"), "utf8")) as {
    readonly version: string;
    readonly commit: string;
  };
  const title = `${recorded.version} at ${recorded.commit.slice(0, 12)}`;
  const isHere = (await git("cat-file", "-t", recorded.commit)) === "commit";
  return { title, revision: isHere ? recorded.commit : undefined };
}

/** Builds and packs the package as it was at a tag or commit. @returns the tarball */
export async function packRelease(revision: string, folder: string): Promise<string> {
  const source = join(folder, "source");
  mkdirSync(source);
  const archive = join(folder, "source.tar");
  await expectSuccess(projectDirectory, ["git", "archive", "--output", archive, revision]);
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
