import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packageFolder } from "../system/package-folder.ts";

/** The language host's two additional files: its launcher, and a module that programs load before Pulumi's SDK. */
const preload = "end-with-engine.mjs";

/** Contains `runtime.options.nodeargs` from the project's Pulumi.yaml. */
export const nodeArgumentsVariable = "PALISADE_NODEARGS";

/**
 * Starts the built language host. It is older than the engine and accepts the runtime's options only as flags, which
 * the engine no longer sends. So this script passes on the options from Pulumi.yaml, which `runPulumi` has read. The
 * host itself notices only after up to five minutes that its engine was killed; this script ends at once.
 */
const launcher = `#!/bin/sh
host="$(cd "$(dirname "$0")/../host" && pwd)"
(
  exec < /dev/null > /dev/null 2>&1
  while kill -0 $PPID && kill -0 $$; do sleep 1; done
  kill -0 $PPID || kill $$
) &
exec "$host/pulumi-language-nodejs" -typescript=false "-nodeargs=--import '$host/${preload}' \${${nodeArgumentsVariable}:---import tsx}" "$@"
`;

/** Writes this release's files, if they differ: a cached engine may come from an earlier release. */
export function installLauncher(folder: string): void {
  const source = readFileSync(join(packageFolder, "loading", preload), "utf8");
  replace(join(folder, "host", preload), source);
  replace(join(folder, "bin", "pulumi-language-nodejs"), launcher);
}

/** By a rename, because another clone's engine may be starting at this moment. */
function replace(file: string, text: string): void {
  if (existsSync(file) && readFileSync(file, "utf8") === text) return;
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, text);
  chmodSync(temporary, 0o755);
  renameSync(temporary, file);
}
