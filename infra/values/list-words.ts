/**
 * A list in a sentence: `a, b and c`.
 * @param most how many to name; for further ones, only their number is given: `a, b and 3 more`
 */
export function listWords(words: readonly string[], most = words.length): string {
  const listed = words.length > most ? [...words.slice(0, most), `${words.length - most} more`] : words;
  return listed.length < 2 ? listed.join("") : `${listed.slice(0, -1).join(", ")} and ${listed.at(-1)}`;
}
