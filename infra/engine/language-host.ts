import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EngineUnavailable } from "./engine.ts";

/** Incremented with every change here: a host from an earlier revision is built again. */
export const hostRevision = 2;

/**
 * Writes the sources of a language host that connects programs to the engine directly. The older release has a server
 * in between, which supports only what engines could do at its time; with it, a program can't wait until the engine has
 * done everything.
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
