import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../errors/errors.ts";
import { buildEngine } from "./build.ts";
import { engineCacheDirectory, fillCache, readCachedEngine } from "./cache.ts";
import { type DownloadOptions, downloadEngine } from "./download.ts";
import { type Engine, EngineUnavailable } from "./engine.ts";
import { goVersion } from "./go.ts";
import { askVersion, findInstalledEngine } from "./installed.ts";
import type { Report } from "./progress.ts";
import { engineVersion, oldestUsableVersion } from "./version.ts";

export { type Engine, engineEnvironment } from "./engine.ts";
export { nodeArgumentsVariable } from "./launcher.ts";

export interface EngineOptions {
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly download?: DownloadOptions;
  /** How to build it; for tests, where minutes matter. */
  readonly build?: typeof buildEngine;
}

/**
 * Finds or gets a Pulumi engine: an installed one that is new enough, the one in the user's cache folder, the official
 * release, or a build from Go modules.
 *
 * @throws an error that says why each way failed and what to install
 */
export async function ensureEngine(report: Report, options: EngineOptions = {}): Promise<Engine> {
  const { environment = process.env } = options;
  const reasons: string[] = [];
  const installed = await attempt(reasons, () => findInstalledEngine(environment));
  if (installed !== undefined) {
    return installed;
  }
  const cache = engineCacheDirectory(environment);
  const cached = readCachedEngine(cache);
  if (cached !== undefined) {
    return cached;
  }
  const made = await attempt(reasons, () =>
    fillCache(cache, report, async (folder) => {
      const origin = await makeEngine(folder, report, options, reasons);
      await askVersion(join(folder, "bin", "pulumi"), environment);
      return origin;
    }),
  );
  if (made === undefined) {
    throw new InputError(describeUnavailable(reasons));
  }
  return made;
}

async function makeEngine(
  folder: string,
  report: Report,
  { environment = process.env, download = {}, build = buildEngine }: EngineOptions,
  reasons: string[],
): Promise<Engine["origin"]> {
  const downloaded = await attempt(reasons, async () => {
    await downloadEngine(folder, report, download);
    return "downloaded" as const;
  });
  if (downloaded !== undefined) {
    return downloaded;
  }
  rmSync(folder, { recursive: true });
  mkdirSync(join(folder, "bin"), { recursive: true });
  await build(folder, report, environment);
  return "built";
}

/** Undefined if this way is not available, in which case the reason is recorded. Any other error is thrown. */
async function attempt<T>(reasons: string[], way: () => Promise<T>): Promise<T | undefined> {
  try {
    return await way();
  } catch (error) {
    if (!(error instanceof EngineUnavailable)) {
      throw error;
    }
    reasons.push(error.message);
    return undefined;
  }
}

function describeUnavailable(reasons: readonly string[]): string {
  return [
    `Pulumi ${engineVersion} is needed, and there is no way to get it:`,
    ...reasons.map((reason) => `- ${reason}`),
    `Install Pulumi ${oldestUsableVersion} or later (https://www.pulumi.com/docs/install) or Go ${goVersion} or later ` +
      "(https://go.dev/doc/install), and run the command again.",
  ].join("\n");
}
