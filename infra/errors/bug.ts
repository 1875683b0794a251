import { describeError, redact } from "./errors.ts";

/**
 * What to say about an error that nobody expected. An error of the system, such as a lost connection, is described by
 * its message. Any other is a bug of ours: whoever reports it needs its stack, and the stacks of its causes.
 */
export function describeUnexpected(error: unknown): string {
  const message = describeError(error);
  if (isOfSystem(error)) return message;
  return [
    `${message}. ${advice}`,
    // Only stacks: the properties of an error may hold a password.
    ...stacksOf(error).map(redact),
  ].join("\n");
}

const advice =
  "This is a bug in Palisade, not a mistake in your program. Please open an issue in Palisade's repository with the lines below; " +
  "if it lets somebody reach more than you declare, report it privately, as SECURITY.md says";

/** Whether Node.js passes on what the operating system or the network said: ECONNRESET, EAI_AGAIN. */
function isOfSystem(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" && /^E(?!RR_)/.test(code);
}

function stacksOf(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [];
  const { stack = String(error), cause } = error;
  return [stack, ...stacksOf(cause).map((inner) => `caused by ${inner}`)];
}
