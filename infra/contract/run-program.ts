import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import * as pulumi from "@pulumi/pulumi";

/** Runs a stack's program in this process, which is its own, and writes what it declares into a file. */
const [program = "", project = "", stack = "", file = ""] = process.argv.slice(2);
const resources: { type: string; name: string; inputs: unknown }[] = [];

process.on("unhandledRejection", fail);
process.on("uncaughtException", fail);

await pulumi.runtime.setMocks(
  {
    newResource({ type, name, inputs }) {
      // Names that begin with two underscores are between the program and the provider.
      const declared = Object.fromEntries(Object.entries(inputs).filter(([key]) => !key.startsWith("__")));
      resources.push({ type, name, inputs: declared });
      return { id: name, state: { ...inputs, ...assumedOutputs(type, name) } };
    },
    call: () => ({}),
  },
  project,
  stack,
  true,
);
await import(pathToFileURL(program).href);
await pulumi.runtime.disconnect();
// Only at the very end is it certain that nothing fails any more.
process.on("exit", (exitCode) => {
  if (exitCode === 0) writeFileSync(file, JSON.stringify(resources));
});

function fail(reason: unknown): never {
  console.error(reason instanceof Error ? reason.message : reason);
  process.exit(1);
}

/** The signature of a function is the provider's to read; here it only has to be one, since the contract has no use for what calls it. */
function assumedOutputs(type: string, name: string): Record<string, string> {
  return type === "palisade:index:Function" ? { signature: `${name}()` } : {};
}
