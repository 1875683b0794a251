import { InputError } from "./errors.ts";

/** A settings file of Pulumi's that can't be read. The message names the file and what is wrong, and repeats nothing of what stands there. */
export class SettingsError extends InputError {
  override readonly name = "SettingsError";

  constructor(message: string) {
    super(message, { code: "settings" });
  }
}
