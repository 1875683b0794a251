import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { variableName } from "./project.ts";

/**
 * Refuses a connection string where the name of an environment variable belongs, before there is a run: Pulumi keeps each run's
 * configuration in its history, in the clear.
 *
 * @throws an error that does not repeat what stands there
 */
export function refuseMisplacedConnection(directory: string, stack: string): void {
  for (const name of [`Pulumi.${stack}.yaml`, "Pulumi.yaml"]) {
    if (readSettings(join(directory, name)).some(isMisplaced)) throw misplaced(`in ${name}`);
  }
}

/**
 * Refuses it in a command line of Pulumi's, which may set the configuration as well.
 * @throws an error that does not repeat what stands there
 */
export function refuseConnectionArgument(args: readonly string[]): void {
  if (settingsAmong(args).some(isMisplaced)) throw misplaced("on the command line");
}

function misplaced(place: string): Error {
  return new Error(
    `palisade:connection ${place} must be the name of an environment variable, such as DIRECT_URL, and is something else. ` +
      "Write the connection string itself into .env, as DIRECT_URL=…, and the name DIRECT_URL into the configuration; " +
      "and change the password where the configuration has been shared.",
  );
}

function isMisplaced(setting: string): boolean {
  return setting !== "" && !variableName.test(setting);
}

const key = "palisade:connection";

/** Enough YAML for what Pulumi writes; also `secure:`, which the provider would refuse once it is decrypted. */
function readSettings(file: string): readonly string[] {
  if (!existsSync(file)) return [];
  const pattern = new RegExp(
    `^[ \\t]*["']?${key}["']?:(?:[ \\t]*\\n[ \\t]+(?:value|secure|default):)?[ \\t]*(.*)$`,
    "gm",
  );
  return Array.from(readFileSync(file, "utf8").matchAll(pattern), ([, value = ""]) =>
    value
      .replace(/(^|[ \t])#.*$/, "")
      .trim()
      .replace(/^(["'])(.*)\1$/, "$2"),
  );
}

/** `--config palisade:connection=…`, and `config set palisade:connection …`. */
function settingsAmong(args: readonly string[]): readonly string[] {
  const assigned = args.flatMap((arg) => {
    const start = arg.indexOf(`${key}=`);
    return start < 0 ? [] : [arg.slice(start + key.length + 1)];
  });
  const words = args.filter((arg) => !arg.startsWith("-"));
  const isSetting = words.includes("config") && words.includes("set") && words.includes(key);
  return isSetting ? [...assigned, words[words.indexOf(key) + 1] ?? ""] : assigned;
}
