import { formatPath } from "../resources/properties.ts";

/**
 * An error made for the person who reads it: it says what is wrong and what to do, and is shown without a stack.
 */
export class InputError extends Error {
  override readonly name: string = "InputError";
}

/** The database refused, or can't be reached; `sqlState` is PostgreSQL's own code. */
export class DatabaseError extends InputError {
  override readonly name = "DatabaseError";
  constructor(
    message: string,
    readonly sqlState: string | undefined,
  ) {
    super(message);
  }
}

/** One thing wrong with one property of a declaration. */
export interface Problem {
  /** A number is an item's place in a list. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** One line a problem, each led by its property. */
export function formatProblems(problems: readonly Problem[]): string {
  return problems
    .map(({ path, message }) => (path.length === 0 ? message : `${formatPath(path)}: ${message}`))
    .join("\n");
}

/**
 * The message for a person: the database's own words with its detail and hint, never a stack and never a connection string.
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return redact(String(error));
  // A host name may have several addresses; Node.js reports the failures of all, under an error that says nothing itself.
  if (error instanceof AggregateError && error.message === "") {
    return [...new Set(error.errors.map(describeError))].join("; ");
  }
  const { detail, hint } = error as { detail?: unknown; hint?: unknown };
  const extra = [detail, hint].filter((part): part is string => typeof part === "string" && part !== "");
  return redact([error.message, ...extra].join(". ").replaceAll("..", "."));
}

/** Connection strings can arrive inside other people's messages; their passwords leave none of ours. */
export function redact(text: string): string {
  return text.replace(/(postgres(?:ql)?:\/\/[^\s:@/]*):\S*@/g, "$1:[secret]@");
}

export function sqlStateOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  // EPIPE has five letters too; no class of SQLSTATE begins with E.
  return typeof code === "string" && /^(?!E)[0-9A-Z]{5}$/.test(code) ? code : undefined;
}
