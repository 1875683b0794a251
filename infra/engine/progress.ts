/** Receives one line for a person to read. */
export type Report = (line: string) => void;

/**
 * Does long-running work, and reports its progress from time to time.
 *
 * @param describe the message, given the time since the start ("1 min 5 s")
 */
export async function withProgress<T>(
  report: Report,
  describe: (elapsed: string) => string,
  work: () => Promise<T>,
  interval: number = 10_000,
): Promise<T> {
  const started = performance.now();
  const ticker = setInterval(() => report(describe(formatDuration(performance.now() - started))), interval);
  try {
    return await work();
  } finally {
    clearInterval(ticker);
  }
}

export function formatDuration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
