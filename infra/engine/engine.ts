import { delimiter, dirname } from "node:path";

/** A Pulumi installation. */
export interface Engine {
  readonly version: string;
  /** The user's own, or one that was downloaded or built into the user's cache folder. */
  readonly origin: "installed" | "downloaded" | "built";
  /** The folder of `pulumi` and its language host. */
  readonly directory: string;
}

/** Thrown if one way of getting the engine fails. The next way is tried; if none works, all messages are shown. */
export class EngineUnavailable extends Error {
  override readonly name = "EngineUnavailable";
}

/** The environment in which `pulumi` and every program that it starts find this engine, and Node.js. */
export function engineEnvironment(
  engine: Engine,
  base: Readonly<Record<string, string | undefined>> = process.env,
): Record<string, string | undefined> {
  // An installed engine is on the PATH already. Putting its folder first could also put another `node` first.
  const first = engine.origin === "installed" ? [] : [engine.directory];
  const folders = [...first, base.PATH, dirname(process.execPath)].filter((folder) => folder !== undefined);
  return {
    // The project pins the version, so the engine need not check for updates before every command.
    PULUMI_SKIP_UPDATE_CHECK: "true",
    ...base,
    PATH: folders.join(delimiter),
  };
}
