/** The settings `palisade:<name>` that the provider takes. */
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
 * The settings among these names that are none: a mistyped `palisade:connection` would otherwise mean the local database. In a project
 * called palisade, its own settings have the same prefix, and are not judged.
 * @returns what to say of each, without its value
 */
export function describeUnknownSettings(names: Iterable<string>, project: string): readonly string[] {
  if (project === "palisade") return [];
  return [...names]
    .filter((name) => !settingNames.includes(name))
    .map((name) => `palisade:${name} is unknown; the settings are ${settingNames.join(", ")}`);
}
