import { resolve } from "node:path";
import { readPlainConfiguration } from "./declared-stack.ts";
import { writeContract } from "./index.ts";

/**
 * The folder from `palisade:contract` in Pulumi.<stack>.yaml, relative to the project's folder; undefined if it is not
 * set.
 */
export function configuredFolder(directory: string, stack: string): string | undefined {
  const folder = readPlainConfiguration(directory, stack)["palisade:contract"];
  return folder === undefined ? undefined : resolve(directory, folder);
}

/** Writes the contract as the last step of a deployment, if the stack's configuration says where. */
export async function writeConfiguredContract(
  directory: string,
  stack: string,
  report: (line: string) => void,
): Promise<void> {
  const out = configuredFolder(directory, stack);
  if (out === undefined) return;
  const { write, remove } = await writeContract({ directory, stack, out });
  const changed = write.length + remove.length;
  report(
    changed === 0 ? `The contract in ${out} is up to date` : `Wrote the contract to ${out} (${changed} files changed)`,
  );
}
