import { hash } from "node:crypto";
import type { Text } from "../catalog/probe.ts";
import { formatPath, isProperties, type Path, type Properties, valueAt, withValuesAt } from "../values/properties.ts";
import type { Kind } from "./kind.ts";
import type { Operation } from "./operation.ts";

/** The state's key for the fingerprints of SQL texts as the server stored them, by path. */
const fingerprintsKey = "fingerprints";

/** The state's key for whether the object existed before the stack. */
export const existedBeforeKey = "existedBefore";

/** Everything that the state keeps about a resource in addition to its inputs. */
export const keptKeys: readonly string[] = [fingerprintsKey, existedBeforeKey];

export interface Reading {
  readonly id: string;
  readonly inputs: Properties;
  /** What the state keeps in addition to the inputs. Together they are the resource's outputs. */
  readonly kept: Properties;
}

/** A text as the server stored it. */
interface StoredText extends Text {
  /** Its path, formatted. */
  readonly name: string;
  readonly fingerprint: string;
}

export function storedTexts(kind: Kind, stored: Properties): readonly StoredText[] {
  return kind.texts(stored).map((text) => ({
    path: text.path,
    sql: text.sql,
    probe: text.probe,
    name: formatPath(text.path),
    fingerprint: hash("sha256", text.sql, "base64url").slice(0, 22),
  }));
}

/** What goes into the state: the inputs, and fingerprints of their texts as the server stored them. */
export function reading(id: string, inputs: Properties, stored: readonly StoredText[], existedBefore = false): Reading {
  const fingerprints = Object.fromEntries(stored.map(({ name, fingerprint }) => [name, fingerprint]));
  const kept = { [fingerprintsKey]: fingerprints };
  return { id, inputs, kept: existedBefore ? { ...kept, [existedBeforeKey]: true } : kept };
}

/**
 * The live object, in which each text that still means what was declared is in the declared words. The server compares
 * the texts that fingerprints can't decide.
 * @param stored the texts of the live object
 */
export async function recognise(
  kind: Kind,
  live: Properties,
  declared: Properties,
  kept: Properties,
  operation: Operation,
  stored = storedTexts(kind, live),
): Promise<Properties> {
  const related = relate(kind, live, declared);
  const { known, others } = compareFingerprints(
    related === live ? stored : storedTexts(kind, related),
    related,
    declared,
    kept,
  );
  if (others.length === 0) return known;
  const declaredTexts = new Map(kind.texts(declared).map((text) => [formatPath(text.path), text]));
  const pairs = others.flatMap(({ path, name, sql, probe }) => {
    const text = declaredTexts.get(name);
    return text === undefined || text.sql === sql ? [] : [{ path, declared: text.sql, left: probe, right: text.probe }];
  });
  const isSame = await operation.questions.meanTheSame(pairs);
  return withValuesAt(
    known,
    pairs.filter((_, index) => isSame[index]).map(({ path, declared: sql }) => [path, sql]),
  );
}

/** The same by fingerprints alone, without asking the server: a text counts as unchanged if its stored form is. */
export function recogniseByFingerprint(
  kind: Kind,
  live: Properties,
  declared: Properties,
  kept: Properties,
): Properties {
  const related = relate(kind, live, declared);
  return compareFingerprints(storedTexts(kind, related), related, declared, kept).known;
}

/** @returns the stored object with unchanged texts in the declared words, and its other texts */
function compareFingerprints(texts: readonly StoredText[], stored: Properties, declared: Properties, kept: Properties) {
  const fingerprints = isProperties(kept[fingerprintsKey]) ? kept[fingerprintsKey] : {};
  const known: [Path, string][] = [];
  const others: StoredText[] = [];
  for (const text of texts) {
    const words = valueAt(declared, text.path);
    if (typeof words === "string" && fingerprints[text.name] === text.fingerprint) known.push([text.path, words]);
    else others.push(text);
  }
  return { known: withValuesAt(stored, known), others };
}

/** The stored object, with the texts that were just written in the words in which they were written. */
export function takeTexts(kind: Kind, stored: Properties, desired: Properties): Properties {
  const related = relate(kind, stored, desired);
  return withValuesAt(
    related,
    kind.texts(related).flatMap(({ path }): [Path, string][] => {
      const text = valueAt(desired, path);
      return typeof text === "string" ? [[path, text]] : [];
    }),
  );
}

/** Adjusts the live object to a declaration. On import there is none, and the object is returned as it is. */
export function relate(kind: Kind, live: Properties, declared: Properties | undefined): Properties {
  return kind.relate?.(live, declared) ?? live;
}

export function withoutSettings(kind: Kind, inputs: Properties): Properties {
  return Object.fromEntries(Object.entries(inputs).filter(([key]) => !kind.settings?.includes(key)));
}

export function onlySettings(kind: Kind, inputs: Properties): Properties {
  return Object.fromEntries(Object.entries(inputs).filter(([key]) => kind.settings?.includes(key)));
}
