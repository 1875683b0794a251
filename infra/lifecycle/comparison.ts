import { InputError } from "../errors/errors.ts";
import { differences, formatPath, isEqual, type Properties } from "../values/properties.ts";
import type { Context } from "./context.ts";
import type { Kind } from "./kind.ts";
import type { Operation } from "./operation.ts";
import { recogniseByFingerprint, relate, withoutSettings } from "./recognition.ts";

/** The preview and the update of one run read separately: what they read must be the same. */
export function refuseWhatWasNotShown(id: string, inputs: Properties, { previewed, urn }: Context): void {
  const shown = previewed.changedSince(urn, id, inputs);
  if (shown !== undefined) throw changedInBetween(id, shown, inputs);
}

/** @returns the live object in the words of the state, which it must agree with */
export function refuseChanged(
  kind: Kind,
  id: string,
  live: Properties,
  old: { readonly inputs: Properties; readonly state: Properties },
  operation: Operation,
  desired?: Properties,
): Properties {
  const known = recogniseByFingerprint(kind, live, old.inputs, old.state);
  const expected = withoutSettings(kind, old.inputs);
  // Resources that this one names may have been made since, by this very update.
  const beside = (args: Properties) => (desired === undefined ? args : relate(kind, args, desired));
  if (!isEqual(beside(known), beside(expected)) && !isChangedByUpdate(kind, id, live, old, operation)) {
    throw changedInBetween(id, beside(expected), beside(known));
  }
  return known;
}

function changedInBetween(id: string, shown: Properties, found: Properties): InputError {
  const names = differences(shown, found).map(({ path }) => formatPath(path));
  return new InputError(
    `${id} is no longer what the preview showed: somebody changed ${names.join(", ")}. Nothing was changed; run the preview again`,
  );
}

/** Whether the object is as this update's migrations, or other resources of it, left it, and there was none before. */
export function isBroughtByUpdate(kind: Kind, id: string, live: Properties | undefined, operation: Operation): boolean {
  const change = live && operation.changeOf(kind, id);
  return change !== undefined && change.before === undefined && isEqual(change.after, live);
}

/** Whether the object is as this update's migrations, or other resources of it, left it, and was as the preview showed it before. */
function isChangedByUpdate(
  kind: Kind,
  id: string,
  live: Properties,
  old: { readonly inputs: Properties; readonly state: Properties },
  operation: Operation,
): boolean {
  const change = operation.changeOf(kind, id);
  if (change?.before === undefined) return false;
  const known = recogniseByFingerprint(kind, change.before, old.inputs, old.state);
  return isEqual(known, withoutSettings(kind, old.inputs)) && isEqual(change.after, live);
}
