import { editDistance } from "./edit-distance.ts";

/** A hint to follow an unknown name in a message; empty if no known name is similar. */
export function suggestSimilar(name: string, known: readonly string[]): string {
  const similar = findSimilar(name, known);
  return similar === undefined ? "" : ` (perhaps you meant ${similar})`;
}

/** The known name that another is most similar to: a misspelling of it, or only its beginning. */
export function findSimilar(name: string, known: readonly string[]): string | undefined {
  const written = name.toLowerCase();
  const alike = known.filter((one) => isBeginning(written, one.toLowerCase()));
  return findMistyped(name, known) ?? sortByDistance(name, alike)[0]?.one;
}

/** The known name that another is a misspelling of: two letters apart, or in another case. */
export function findMistyped(name: string, known: readonly string[]): string | undefined {
  return sortByDistance(name, known).find(({ one, distance }) => distance <= Math.min(2, one.length / 2))?.one;
}

function sortByDistance(name: string, known: readonly string[]) {
  return known
    .map((one) => ({ one, distance: editDistance(name.toLowerCase(), one.toLowerCase()) }))
    .sort((left, right) => left.distance - right.distance);
}

function isBeginning(left: string, right: string): boolean {
  return Math.min(left.length, right.length) > 3 && (left.startsWith(right) || right.startsWith(left));
}
