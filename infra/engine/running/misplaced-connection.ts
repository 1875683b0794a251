import { InputError } from "../../errors/errors.ts";
import {
  type Assignment,
  type ConnectionSetting,
  connectionKey,
  isConnectionKey,
} from "../../settings/connection-setting.ts";
import { variableName } from "../../settings/variable-name.ts";

/**
 * Refuses a connection string in place of the name of an environment variable, before a run starts: Pulumi keeps each
 * run's configuration in its history, in plain text.
 *
 * @throws an error that does not repeat the value
 */
export function refuseMisplacedConnection(setting: ConnectionSetting): void {
  if (setting.kind === "misplaced") throw misplaced(setting.place);
}

/**
 * Refuses a command line that would write one into the configuration.
 * @throws an error that does not repeat the value
 */
export function refuseConnectionArgument(assignments: readonly Assignment[], project = ""): void {
  const isWrong = ({ key, value }: Assignment) => isConnectionKey(key, project) && !variableName.test(value);
  if (assignments.some(isWrong)) throw misplaced("on the command line");
}

function misplaced(place: string): Error {
  return new InputError(
    `${connectionKey} ${place} must be the name of an environment variable, such as DIRECT_URL, but it is not. ` +
      "Put the connection string itself into .env (DIRECT_URL=…) and only the name DIRECT_URL into the configuration. " +
      "If the configuration has been shared, change the password",
  );
}
