/** Several measurements of one thing. */
export interface Sample {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
}

export function summarise(values: readonly number[]): Sample {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  const lower = sorted[sorted.length % 2 === 0 ? middle - 1 : middle] ?? Number.NaN;
  return { median: (lower + upper) / 2, lowest: sorted[0] ?? Number.NaN, highest: sorted.at(-1) ?? Number.NaN };
}

/** What each round cost us for one of the other's; both halves of a round ran one after the other, on the same machine in the same mood. */
export function ratios(ours: readonly number[], others: readonly number[]): number[] {
  return ours.map((value, index) => value / (others[index] ?? Number.NaN));
}
