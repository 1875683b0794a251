import { isSameText } from "../sql/same-text.ts";
import { formatPath, type Path, type Properties, valueAt, withValuesAt } from "../values/properties.ts";
import type { Kind } from "./kind.ts";
import type { Operation } from "./operation.ts";
import { relate } from "./recognition.ts";

/** A text that a declaration rewords. */
interface Rewording {
  readonly path: Path;
  readonly from: string;
  readonly to: string;
}

/**
 * Texts that are reworded without a change of meaning. Check finds them, because it may query the server. Diff, which
 * may not, and an update of other properties then treat both wordings as equal.
 */
export class Rewordings {
  readonly #found = new Map<string, readonly Rewording[]>();

  note(urn: string, found: readonly Rewording[]): void {
    this.#found.set(urn, found);
  }

  /** The previous properties, with texts that were merely reworded in the newly declared words. */
  inDeclaredWords(urn: string, before: Properties, declared: Properties): Properties {
    const reworded = (this.#found.get(urn) ?? []).filter(
      ({ path, from, to }) => valueAt(before, path) === from && valueAt(declared, path) === to,
    );
    return withValuesAt(
      before,
      reworded.map(({ path, to }) => [path, to]),
    );
  }
}

/**
 * The texts that differ from the previous ones in their words only: by their parse trees or, if that is inconclusive,
 * according to the server.
 */
export async function findRewordings(
  kind: Kind,
  before: Properties,
  declared: Properties,
  operation: Operation,
): Promise<readonly Rewording[]> {
  const reworded = kind.texts(declared).flatMap((text) => {
    const from = valueAt(before, text.path);
    return typeof from === "string" && from !== text.sql ? [{ ...text, from, to: text.sql }] : [];
  });
  if (reworded.length === 0 || kind.replaceOn.some((key) => before[key] !== declared[key])) return [];
  const same = reworded.filter(({ probe, from, to }) => isSameText(probe.form, from, to));
  const open = reworded.filter((rewording) => !same.includes(rewording));
  return [...same, ...(open.length === 0 ? [] : await askWhichMeanTheSame(kind, open, declared, operation))];
}

/** Compares with the live text, and not with what the previous text would mean now. */
async function askWhichMeanTheSame<T extends Rewording>(
  kind: Kind,
  reworded: readonly T[],
  declared: Properties,
  operation: Operation,
): Promise<readonly T[]> {
  const live = kind.find(await operation.snapshot(), kind.identify(declared));
  if (live === undefined) return [];
  const wanted = new Map(kind.texts(declared).map(({ path, probe }) => [formatPath(path), probe]));
  const stored = new Map(kind.texts(relate(kind, live, declared)).map(({ path, probe }) => [formatPath(path), probe]));
  const pairs = reworded.flatMap((rewording) => {
    const left = stored.get(formatPath(rewording.path));
    const right = wanted.get(formatPath(rewording.path));
    return left === undefined || right === undefined ? [] : [{ rewording, left, right }];
  });
  const isSame = await operation.questions.meanTheSame(pairs);
  return pairs.flatMap(({ rewording }, index) => (isSame[index] ? [rewording] : []));
}
