import { findMistyped, findSimilar, suggestSimilar } from "../values/similar-name.ts";

/** The namespace of the provider's settings in a stack's configuration. */
export const settingsNamespace = "palisade";

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
 * Reports keys whose namespace is a misspelling of the provider's, unless it is the project's own: a mistyped
 * `palisade:connection` would otherwise mean the local database.
 */
export function describeMistypedNamespaces(keys: Iterable<string>, project: string): readonly string[] {
  return [...keys].flatMap((key) => {
    const [namespace = "", name = ""] = key.split(":");
    if ([settingsNamespace, project].includes(namespace)) return [];
    const meant = findMistyped(namespace, [settingsNamespace]);
    return meant === undefined ? [] : [`${key} is unknown (perhaps you meant ${meant}:${name})`];
  });
}

/**
 * Reports unknown settings among these names, for the same reason.
 *
 * @param own the program's own settings in the same namespace, which it has only if the project is called so. They are
 * those that Pulumi.yaml declares with a type, which nobody does for a setting of the provider by mistake. Undefined:
 * the project has another namespace
 * @returns a message about each, without its value
 */
export function describeUnknownSettings(names: Iterable<string>, own?: ReadonlySet<string>): readonly string[] {
  return [...names].flatMap((name) => {
    if (settingNames.includes(name)) return [];
    const key = `${settingsNamespace}:${name}`;
    if (own?.has(name)) {
      const meant = findSimilar(name, settingNames);
      return meant === undefined
        ? []
        : [
            `${key} could be a mistyped ${settingsNamespace}:${meant}, although it is declared: give the program's setting another name`,
          ];
    }
    const advice =
      own === undefined
        ? ""
        : `. If it is the program's own, declare it with its type in Pulumi.yaml: config: {${name}: {type: string}}`;
    return [
      `${key} is unknown${suggestSimilar(name, settingNames)}; the settings are ${settingNames.join(", ")}${advice}`,
    ];
  });
}
