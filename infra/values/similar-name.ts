import { editDistance } from "./edit-distance.ts";

/** A hint to follow an unknown name in a message; empty if no known name is similar. */
export function suggestSimilar(name: string, known: readonly string[]): string {
  const similar = findSimilar(name, known);
  return similar === undefined ? "" : ` (perhaps you meant ${similar})`;
}

/** The known name that a mistyped one is most similar to: two letters apart, in another case, or only its beginning. */
export function findSimilar(name: string, known: readonly string[]): string | undefined {
  const written = name.toLowerCase();
  const [nearest] = known
    .map((one) => ({ one, distance: editDistance(written, one.toLowerCase()) }))
    .filter(({ one, distance }) => distance <= Math.min(2, one.length / 2) || isBeginning(written, one.toLowerCase()))
    .sort((left, right) => left.distance - right.distance);
  return nearest?.one;
}

function isBeginning(left: string, right: string): boolean {
  return Math.min(left.length, right.length) > 3 && (left.startsWith(right) || right.startsWith(left));
}
