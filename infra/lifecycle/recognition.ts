import { createHash } from "node:crypto";
import { formatPath, isProperties, type Properties, valueAt, withValueAt } from "../values/properties.ts";
import type { Kind } from "./kind.ts";
import type { Operation } from "./operation.ts";

/** What the state keeps of a resource beside its inputs: the fingerprint of each SQL text as the server stored it, by path. */
const fingerprintsKey = "fingerprints";

/** Beside them, whether the object was there before the stack. */
export const existedBeforeKey = "existedBefore";

export interface Reading {
  readonly id: string;
  readonly inputs: Properties;
  readonly outputs: Properties;
}

/** What the state keeps: the inputs, and how the server stored their texts. */
export function reading(
  kind: Kind,
  id: string,
  inputs: Properties,
  stored: Properties,
  existedBefore = false,
): Reading {
  const fingerprints = Object.fromEntries(
    kind.texts(stored).map(({ path, sql }) => [formatPath(path), fingerprint(sql)]),
  );
  const outputs = { ...inputs, [fingerprintsKey]: fingerprints };
  return { id, inputs, outputs: existedBefore ? { ...outputs, [existedBeforeKey]: true } : outputs };
}

/** The live object with each text that still means what was declared in the declared words; where that isn't known, the server compares. */
export async function recognise(
  kind: Kind,
  live: Properties,
  declared: Properties,
  state: Properties,
  operation: Operation,
): Promise<Properties> {
  const known = recogniseByFingerprint(kind, live, declared, state);
  const declaredTexts = new Map(kind.texts(declared).map((text) => [formatPath(text.path), text]));
  const pairs = kind.texts(known).flatMap(({ path, sql, probe }) => {
    const text = declaredTexts.get(formatPath(path));
    return text === undefined || text.sql === sql ? [] : [{ path, declared: text.sql, left: probe, right: text.probe }];
  });
  const isSame = await operation.questions.meanTheSame(pairs);
  return pairs.reduce(
    (result, { path, declared: sql }, index) => (isSame[index] ? withValueAt(result, path, sql) : result),
    known,
  );
}

/** The same by fingerprint alone, without asking: what the server stores is still what it stored then. */
export function recogniseByFingerprint(
  kind: Kind,
  live: Properties,
  declared: Properties,
  state: Properties,
): Properties {
  const fingerprints = isProperties(state[fingerprintsKey]) ? state[fingerprintsKey] : {};
  const related = relate(kind, live, declared);
  return kind.texts(related).reduce((result, { path, sql }) => {
    const text = valueAt(declared, path);
    return typeof text === "string" && fingerprints[formatPath(path)] === fingerprint(sql)
      ? withValueAt(result, path, text)
      : result;
  }, related);
}

/** The stored object with the texts it was just given, in the words they were given in. */
export function takeTexts(kind: Kind, stored: Properties, desired: Properties): Properties {
  const related = relate(kind, stored, desired);
  return kind.texts(related).reduce((result, { path }) => {
    const text = valueAt(desired, path);
    return typeof text === "string" ? withValueAt(result, path, text) : result;
  }, related);
}

/** The live object beside a declaration; beside none, on import, it stands by itself. */
export function relate(kind: Kind, live: Properties, declared: Properties | undefined): Properties {
  return kind.relate?.(live, declared) ?? live;
}

export function withoutSettings(kind: Kind, inputs: Properties): Properties {
  return Object.fromEntries(Object.entries(inputs).filter(([key]) => !kind.settings?.includes(key)));
}

export function onlySettings(kind: Kind, inputs: Properties): Properties {
  return Object.fromEntries(Object.entries(inputs).filter(([key]) => kind.settings?.includes(key)));
}

function fingerprint(sql: string): string {
  return createHash("sha256").update(sql).digest("base64url").slice(0, 22);
}
