import { formatObject, type IsDeclared } from "../access/reach/finding.ts";
import type { Properties } from "../values/properties.ts";
import type { Kind } from "./kind.ts";

/** Whether one of these declarations, in normal form, accounts for an object's access. */
export function answeredFor(
  declarations: Iterable<{ readonly kind: Kind | undefined; readonly inputs: Properties }>,
): IsDeclared {
  const answered = new Set<string>();
  for (const { kind, inputs } of declarations) {
    for (const object of kind?.answersFor?.(inputs) ?? []) answered.add(formatObject(object));
  }
  return (object) => answered.has(formatObject(object));
}
