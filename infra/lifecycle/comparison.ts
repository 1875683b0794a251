import { InputError } from "../errors/errors.ts";
import { differences, formatPath, isEqual, type Properties } from "../values/properties.ts";
import type { Context } from "./context.ts";
import type { Kind } from "./kind.ts";
import { type Reading, recogniseByFingerprint, relate, withoutSettings } from "./recognition.ts";

/**
 * Refuses to change an object that differs from what the preview showed. The state that this process refreshed has to
 * match the preview, and the live object has to match the state, unless this update itself changed it.
 * @param change the live object, compared with the declaration; absent if it is not read again
 * @returns the live object in the words of the state, which it matches
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
  // This update may have created resources that this one names since then.
  const beside = (args: Properties) => (desired === undefined ? args : relate(kind, args, desired));
  const known = inWordsOfState(live);
  const isExpected = (before: Properties | undefined) => before && isEqual(inWordsOfState(before), expected);
  if (isEqual(beside(known), beside(expected)) || operation.changes.explain(kind, id, live, isExpected)) return known;
  throw changedInBetween(id, beside(expected), beside(known));
}

function changedInBetween(id: string, shown: Properties, found: Properties): InputError {
  const names = differences(shown, found).map(({ path }) => formatPath(path));
  return changedSincePreview(id, names.join(", "));
}

/**
 * The error of `refuseChanged`, and of two comparisons without a state: what this process read when the update began
 * (`operation.snapshot()`) with what it reads just before its change. Of an object that a migration changes, there may
 * be no state because it is deployed for the first time; of a policy that moves to a function's successor, because no
 * resource declares it.
 * @param what was changed: properties, or `it`
 */
export function changedSincePreview(id: string, what: string): InputError {
  return new InputError(
    `${id} is no longer what the preview showed: somebody changed ${what}. Nothing was changed; run the preview again`,
  );
}
