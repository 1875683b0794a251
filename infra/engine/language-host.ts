import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EngineUnavailable } from "./engine.ts";

/** Counts the changes that are made here: a host of an earlier one is built anew. */
export const hostRevision = 2;

/**
 * Writes the sources of a language host that lets programs talk to the engine themselves. The older release puts a server of its own between
 * the two, which knows only what engines could do at its time: with it no program can wait until the engine has done everything.
 *
 * @param module the folder of the go.mod that pins what the host is made of
 * @param source the release's own folder of the module `sdk/v3`
 * @param folder is made a Go module with these sources
 */
export function writeHostSources(module: string, source: string, folder: string): void {
  cpSync(module, folder, { recursive: true });
  const program = join(source, "nodejs", "cmd", "pulumi-language-nodejs");
  for (const name of readdirSync(program).filter((file) => file.endsWith(".go") && !file.endsWith("_test.go"))) {
    const text = readFileSync(join(program, name), "utf8");
    writeFileSync(join(folder, name), name === "main.go" ? connectDirectly(text) : text);
  }
}

const [between, direct] = ['maybeAppendArg("monitor", address)', 'maybeAppendArg("monitor", req.GetMonitorAddress())'];

function connectDirectly(text: string): string {
  if (text.split(between).length !== 2) throw new EngineUnavailable("the Node.js language host is not the known one");
  return text.replace(between, direct);
}
