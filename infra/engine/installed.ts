import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { runCaptured } from "../system/child-process.mjs";
import { type Engine, EngineUnavailable } from "./engine.ts";
import { findVersion, isUsableVersion, oldestUsableVersion } from "./version.ts";

/** Takes the first `pulumi` on PATH, if it is new enough and can run TypeScript. */
export async function findInstalledEngine(environment: Readonly<Record<string, string | undefined>>): Promise<Engine> {
  const path = findProgram("pulumi", environment);
  if (path === undefined) {
    throw new EngineUnavailable("there is no `pulumi` on PATH");
  }
  const version = await askVersion(path, environment);
  if (!isUsableVersion(version)) {
    throw new EngineUnavailable(`${path} is ${version}; ${oldestUsableVersion} or later (of 3.x) is needed`);
  }
  const host = "pulumi-language-nodejs";
  const isBeside = isProgram(join(dirname(realpathSync(path)), host));
  if (!isBeside && findProgram(host, environment) === undefined) {
    throw new EngineUnavailable(`${path} comes without its Node.js language host (${host})`);
  }
  return { version, origin: "installed", directory: dirname(path) };
}

/** Runs `pulumi version`. A program that can't print its version can't be used. */
export async function askVersion(
  path: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const withoutUpdateCheck = { ...environment, PULUMI_SKIP_UPDATE_CHECK: "true" };
  const result = await runCaptured(path, ["version"], { environment: withoutUpdateCheck, timeout: 20_000 }).catch(
    (error: Error) => ({
      exitCode: 1,
      stdout: "",
      stderr: error.message,
    }),
  );
  const version = findVersion(result.stdout);
  if (result.exitCode !== 0 || version === undefined) {
    throw new EngineUnavailable(`${path} does not run: ${result.stderr.trim() || `exit code ${result.exitCode}`}`);
  }
  return version;
}

/** The first program of this name on PATH. */
export function findProgram(
  name: string,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  return (environment.PATH ?? "")
    .split(delimiter)
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, name))
    .find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
