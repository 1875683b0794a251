import { InputError } from "../errors/errors.ts";
import { differences, formatPath, isEqual, type Properties } from "../values/properties.ts";
import type { Context } from "./context.ts";
import type { Kind } from "./kind.ts";
import { type Reading, recogniseByFingerprint, relate, withoutSettings } from "./recognition.ts";

/**
 * Refuses to write an object that is not what the preview showed: what this process has read for the state must be what the preview
 * read, and what is live must be what the state says, unless this very update changed it.
 * @param change what is live now, beside what is declared; absent where nothing is read again
 * @returns the live object in the words of the state, which it agrees with
 */
export function refuseChanged(
  kind: Kind,
  id: string,
  old: Pick<Reading, "inputs" | "kept">,
  { operation, previewed, urn }: Context,
  change?: { readonly live: Properties; readonly desired?: Properties },
): Properties {
  const shown = previewed.changedSince(urn, id, old.inputs);
  if (shown !== undefined) throw changedInBetween(id, shown, old.inputs);
  if (change === undefined) return old.inputs;
  const { live, desired } = change;
  const expected = withoutSettings(kind, old.inputs);
  const inWordsOfState = (found: Properties) => recogniseByFingerprint(kind, found, old.inputs, old.kept);
  // Resources that this one names may have been made since, by this very update.
  const beside = (args: Properties) => (desired === undefined ? args : relate(kind, args, desired));
  const known = inWordsOfState(live);
  const isExpected = (before: Properties | undefined) => before && isEqual(inWordsOfState(before), expected);
  if (isEqual(beside(known), beside(expected)) || operation.changes.explain(kind, id, live, isExpected)) return known;
  throw changedInBetween(id, beside(expected), beside(known));
}

function changedInBetween(id: string, shown: Properties, found: Properties): InputError {
  const names = differences(shown, found).map(({ path }) => formatPath(path));
  return new InputError(
    `${id} is no longer what the preview showed: somebody changed ${names.join(", ")}. Nothing was changed; run the preview again`,
  );
}
