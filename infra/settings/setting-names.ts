/** The settings `palisade:<name>` that the provider accepts. */
export const providerSettings = [
  "connection",
  "adopt",
  "lockTimeoutSeconds",
  "lockAttempts",
  "statementTimeoutSeconds",
  "verify",
] as const;

/** All settings `palisade:<name>` of a stack: the provider's, and the command line's. */
const settingNames: readonly string[] = [...providerSettings, "contract"];

/**
 * Reports unknown settings among these names: a mistyped `palisade:connection` would otherwise mean the local database.
 * A project called palisade has its own settings under the same prefix, which are not checked.
 * @returns a message about each, without its value
 */
export function describeUnknownSettings(names: Iterable<string>, project: string): readonly string[] {
  if (project === "palisade") return [];
  return [...names]
    .filter((name) => !settingNames.includes(name))
    .map((name) => `palisade:${name} is unknown; the settings are ${settingNames.join(", ")}`);
}
