import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";
import { InputError } from "../errors/errors.ts";
import { withFileLock } from "../system/file-lock.mjs";
import type { Engine } from "./engine.ts";
import { hostRevision } from "./language-host.ts";
import { installLauncher } from "./launcher.ts";
import type { Report } from "./progress.ts";
import { engineVersion } from "./version.ts";

/** Where engines of this release are kept, for all of a user's clones. */
export function engineCacheDirectory(environment: Readonly<Record<string, string | undefined>>): string {
  const cache = environment.XDG_CACHE_HOME || join(environment.HOME || homedir(), ".cache");
  return join(cache, "palisade", `engine-${engineVersion}-${process.platform}-${process.arch}`);
}

/** The cached engine. It is either complete or absent, because it is renamed into place. */
export function readCachedEngine(directory: string): Engine | undefined {
  const manifest = join(directory, manifestName);
  if (!existsSync(manifest)) {
    return undefined;
  }
  const origin = readOrigin(manifest);
  if (origin === "built") updateLauncher(directory);
  return origin === undefined ? undefined : { version: engineVersion, origin, directory: join(directory, "bin") };
}

/**
 * Creates the engine in a folder next to the cache, and moves it there once it is complete. If several clones start at
 * the same time, one creates it and the others wait.
 *
 * @param make fills the folder it is given (programs in `bin`) and says where the engine came from
 */
export async function fillCache(
  directory: string,
  report: Report,
  make: (folder: string) => Promise<Engine["origin"]>,
): Promise<Engine> {
  const onWait = () => report("Another command is getting the Pulumi engine; waiting for it…");
  return withFileLock(
    `${directory}.lock`,
    async () => {
      const present = readCachedEngine(directory);
      if (present !== undefined) {
        return present;
      }
      removeLeftovers(directory);
      const folder = `${directory}.partial-${process.pid}`;
      try {
        mkdirSync(join(folder, "bin"), { recursive: true });
        const origin = await make(folder);
        const host = origin === "built" ? hostRevision : undefined;
        writeFileSync(join(folder, manifestName), `${JSON.stringify({ version: engineVersion, origin, host })}\n`);
        return publish(folder, directory);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
    { onWait },
  );
}

const manifestName = "engine.json";

function updateLauncher(directory: string): void {
  try {
    installLauncher(directory);
  } catch {
    // If the cache is not writable, its launcher stays as it is.
  }
}

/**
 * Undefined if a full disk has damaged the file, since the programs next to it can't be trusted then either, or if an
 * earlier release has built another language host.
 */
function readOrigin(manifest: string): Engine["origin"] | undefined {
  try {
    const { origin, host } = JSON.parse(readFileSync(manifest, "utf8")) as Partial<Engine> & { host?: number };
    return origin === "downloaded" || (origin === "built" && host === hostRevision) ? origin : undefined;
  } catch {
    return undefined;
  }
}

function publish(folder: string, directory: string): Engine {
  // Another process may have created it first (a machine that was asleep loses its lock); its copy is just as good.
  if (readCachedEngine(directory) === undefined) {
    rmSync(directory, { recursive: true, force: true });
    renameSync(folder, directory);
  }
  const engine = readCachedEngine(directory);
  if (engine === undefined) {
    throw new InputError(`the Pulumi engine could not be stored in ${directory}`);
  }
  return engine;
}

/** What a killed command left behind. */
function removeLeftovers(directory: string): void {
  for (const name of readdirSync(dirname(directory))) {
    if (name.startsWith(`${basename(directory)}.partial-`)) {
      rmSync(join(dirname(directory), name), { recursive: true, force: true });
    }
  }
}
