import { type ParseArgsConfig, parseArgs } from "node:util";
import { InputError } from "../errors/errors.ts";

/** A command's options. @throws {InputError} with the usage, for arguments it does not know */
export function readOptions<const Options extends NonNullable<ParseArgsConfig["options"]>>(
  args: readonly string[],
  options: Options,
  usage: string,
) {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new InputError(`${error instanceof Error ? error.message : error}\n\n${usage}`);
  }
}
