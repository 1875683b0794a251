import { type ParseArgsConfig, parseArgs } from "node:util";
import { InputError } from "../errors/errors.ts";

type Options = NonNullable<ParseArgsConfig["options"]>;

/** The options of a command that takes nothing else. @throws {InputError} with the usage, for arguments it does not know */
export function readOptions<const Known extends Options>(args: readonly string[], options: Known, usage: string) {
  return explain(usage, () => parseArgs({ args: [...args], options }).values);
}

/** The options of a command and the words beside them. @throws {InputError} with the usage, for options it does not know */
export function readWords<const Known extends Options>(args: readonly string[], options: Known, usage: string) {
  return explain(usage, () => parseArgs({ args: [...args], options, allowPositionals: true }));
}

function explain<T>(usage: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new InputError(`${error instanceof Error ? error.message : error}\n\n${usage}`);
  }
}
