import { vi } from "vitest";

/** Tries until the expectation holds. The limit ends what hangs; how long it takes says nothing. */
export function waitFor<T>(expectation: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(expectation, { timeout: 300_000, interval: 20 });
}
