import { InputError } from "./errors.ts";

/**
 * One of Pulumi's settings files can't be read. The message names the file and the problem, and repeats none of the
 * contents.
 */
export class SettingsError extends InputError {
  override readonly name = "SettingsError";
}
