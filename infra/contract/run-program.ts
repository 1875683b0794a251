import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import * as pulumi from "@pulumi/pulumi";
import { functionIdentity } from "../catalog/functions.ts";
import { InputError } from "../errors/errors.ts";
import { projectFolder } from "../settings/project-folder.ts";
import { loadParser } from "../sql/parser.ts";
import { readSignature } from "../sql/signature.ts";
import { withoutSecretMarks } from "../values/pulumi-marks.ts";
import { typeToken } from "../values/urn.ts";
import { isLoadingFailure, loadingFailed } from "./loading-failure.ts";

/** Runs a stack's program in this process, which was started for it, and writes what it declares into a file. */
const [program = "", project = "", stack = "", file = ""] = process.argv.slice(2);
const resources: { type: string; name: string; inputs: unknown }[] = [];

process.on("unhandledRejection", fail);
process.on("uncaughtException", fail);

await loadParser();
await pulumi.runtime.setMocks(
  {
    newResource({ type, name, inputs }) {
      // Inputs that start with two underscores are internal, between the program and the provider.
      const own = Object.entries(inputs).filter(([key]) => !key.startsWith("__"));
      const declared = Object.fromEntries(own.map(([key, value]) => [key, withoutSecretMarks(value)]));
      if (type !== "pulumi:pulumi:Stack") resources.push({ type, name, inputs: declared });
      return { id: name, state: { ...assumedOutputs(type, name, inputs), ...inputs } };
    },
    call: () => ({}),
  },
  project,
  stack,
  true,
);
// As in the engine's host: a program may register transformations, which need the stack's own resource.
await pulumi.runtime.runInPulumiStack(async () => void (await import(pathToFileURL(program).href)));
await pulumi.runtime.disconnect();
// Only at exit is it certain that nothing has failed.
process.on("exit", (exitCode) => {
  if (exitCode === 0) writeFileSync(file, JSON.stringify(resources));
});

function fail(reason: unknown): never {
  const isForPeople = reason instanceof InputError || pulumi.RunError.isInstance(reason);
  console.error(
    reason instanceof Error ? [reason.message, ...(isForPeople ? [] : ownFrames(reason))].join("\n") : reason,
  );
  process.exit(isLoadingFailure(reason) ? loadingFailed : 1);
}

/** The lines of an error's stack trace that are in files of the project. */
function ownFrames({ stack = "" }: Error): readonly string[] {
  const lines = stack.split("\n").filter((line) => /^\s+at .*:\d+:\d+\)?$/.test(line));
  return lines.filter((line) => line.includes(projectFolder()) && !/[\\/]node_modules[\\/]/.test(line));
}

/** The outputs that the provider would compute from the inputs, and that other resources may use. */
function assumedOutputs(type: string, name: string, inputs: Readonly<Record<string, unknown>>): Record<string, string> {
  return type === typeToken("Function") ? { signature: signatureOf(name, inputs.definition) } : {};
}

/** A definition that can't be parsed is refused by the provider. Here, it is enough that its callers are valid SQL. */
function signatureOf(name: string, definition: unknown): string {
  try {
    return functionIdentity(readSignature(String(definition)));
  } catch {
    return functionIdentity({ schema: "public", name, argumentTypes: [] });
  }
}
