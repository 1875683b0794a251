/** A text of a declaration that can't be checked yet. */
export interface Unchecked {
  readonly path: string;
  /** The server's message. */
  readonly message: string;
  /** What has to happen first, such as `migrations can be made`. */
  readonly until: string;
}

/**
 * One line for all texts that wait for the same: otherwise each condition and grant would report the same missing
 * table.
 */
export function describeUnchecked(unchecked: readonly Unchecked[]): readonly string[] {
  return group(unchecked, ({ until }) => until).map(([until, waiting]) => {
    const faults = group(waiting, ({ message }) => message).map(
      ([message, same]) => `${listPaths(same.map(({ path }) => path))}: ${message.replace(/\.$/, "")}.`,
    );
    return `${faults.join(" ")} This can't be checked before ${until}`;
  });
}

function listPaths(paths: readonly string[]): string {
  const [first = "", ...others] = [...new Set(paths)];
  return others.length === 0
    ? first
    : others.length === 1
      ? `${first} and ${others[0]}`
      : `${first} and ${others.length} others`;
}

function group<T>(values: readonly T[], key: (value: T) => string): readonly (readonly [string, readonly T[]])[] {
  const groups = new Map<string, T[]>();
  for (const value of values) groups.set(key(value), [...(groups.get(key(value)) ?? []), value]);
  return [...groups];
}
