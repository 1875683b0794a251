import { homedir } from "node:os";
import { runCaptured } from "../system/child-process.mjs";
import { EngineUnavailable } from "./engine.ts";
import { findProgram } from "./installed.ts";
import { findVersion, isAtLeast } from "./version.ts";

/** The Go toolchain, with settings that make builds reproducible. */
export interface Go {
  readonly path: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The version in the `go` line of the pinned modules' go.mod. */
export const goVersion = "1.24.7";

/** From this version on, Go downloads a newer toolchain if a module requires one. */
const oldestFetchingVersion = "1.21";

/** Finds `go` on PATH. An older one from 1.21 on is enough: it fetches the toolchain needed like any other module. */
export async function findGo(environment: Readonly<Record<string, string | undefined>>): Promise<Go> {
  const path = findProgram("go", environment);
  if (path === undefined) {
    throw new EngineUnavailable("there is no Go on PATH to build it with");
  }
  const local = { ...environment, GOTOOLCHAIN: "local" };
  const { stdout } = await runCaptured(path, ["version"], { environment: local, timeout: 20_000 });
  const version = findVersion(stdout) ?? "unknown";
  if (!isAtLeast(version, oldestFetchingVersion)) {
    throw new EngineUnavailable(`${path} is ${version}; Go ${goVersion} or later is needed to build it`);
  }
  return { path, environment: goEnvironment(environment, version) };
}

/** Overrides all Go settings of the user that could affect the result. Proxies and caches stay. */
export function goEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  version: string,
): Record<string, string | undefined> {
  return {
    ...environment,
    HOME: environment.HOME || homedir(),
    GO111MODULE: "on",
    GOFLAGS: "-mod=readonly",
    GOWORK: "off",
    GOTOOLCHAIN: isAtLeast(version, goVersion) ? "local" : "auto",
    GOOS: process.platform,
    GOARCH: process.arch === "x64" ? "amd64" : process.arch,
    // A fresh machine may have no C compiler. Linux needs none; macOS needs one for the keychain.
    ...(process.platform === "linux" ? { CGO_ENABLED: "0" } : {}),
  };
}
