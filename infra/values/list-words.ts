/**
 * Things one after the other, as a sentence has them: `a, b and c`.
 * @param most how many to name; of further ones only their number is told: `a, b and 3 more`
 */
export function listWords(words: readonly string[], most = words.length): string {
  const listed = words.length > most ? [...words.slice(0, most), `${words.length - most} more`] : words;
  return listed.length < 2 ? listed.join("") : `${listed.slice(0, -1).join(", ")} and ${listed.at(-1)}`;
}
