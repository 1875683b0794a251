import { type Difference, differences, type Properties } from "../values/properties.ts";
import type { Kind } from "./kind.ts";
import { withoutProperties } from "./normalise.ts";
import type { Operation } from "./operation.ts";

/** How a checked declaration differs from the state. Texts that are merely reworded are no difference. */
export function diff(
  kind: Kind,
  urn: string,
  old: Properties,
  desired: Properties,
  { derived, rewordings }: Operation,
): readonly Difference[] {
  // Properties that an earlier check derived are not state; those that this check derived are the difference. A refresh
  // derives nothing, and compares with the state.
  const known = derived.has(urn) ? withoutProperties(old, kind.derived) : old;
  return differences(rewordings.inDeclaredWords(urn, known, desired), desired);
}
