import { formatPath } from "../values/properties.ts";

/** A problem with one property of a declaration or setting: what is wrong, and what to do. */
export interface Problem {
  /** A number is an index in a list. Empty: the problem concerns the whole. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/**
 * An error for people to read. It says what is wrong with which property, and what to do, and is shown without a stack
 * trace.
 *
 * Messages are clauses, like PostgreSQL's own: they start in lower case, end without a full stop, and follow the
 * property (`owner: public.tasks belongs to …`).
 */
export class InputError extends Error {
  override readonly name: string = "InputError";
  readonly problems: readonly Problem[];

  constructor(problem: string | Problem | readonly Problem[], options?: ErrorOptions) {
    const problems = typeof problem === "string" ? [{ path: [], message: problem }] : [problem].flat();
    super(formatProblems(problems), options);
    this.problems = problems;
  }
}

/** The database refused something, or can't be reached. `sqlState` is PostgreSQL's code. */
export class DatabaseError extends InputError {
  override readonly name = "DatabaseError";
  constructor(
    message: string,
    readonly sqlState: string | undefined,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** One line for each problem, which starts with the property. */
export function formatProblems(problems: readonly Problem[]): string {
  return problems
    .map(({ path, message }) => (path.length === 0 ? message : `${formatPath(path)}: ${message}`))
    .join("\n");
}

/**
 * Turns an error from the server into one for people to read, with its SQLSTATE. Any other error is returned unchanged:
 * it is for people already, or it comes from the system or is a bug, which nothing here can explain.
 * @param resource the object that was written, such as `public.tasks`
 */
export function explainServerError(error: unknown, resource?: string): unknown {
  const state = sqlStateOf(error);
  if (state === undefined) return error;
  const message = `${resource === undefined ? "" : `${resource}: `}${describeError(error)} (SQLSTATE ${state})`;
  return new DatabaseError(message, state, { cause: error });
}

/** Whether the server refused something, or the error is for people: not a bug, and not an error of the system. */
export function isExpected(error: unknown): boolean {
  return error instanceof InputError || sqlStateOf(error) !== undefined;
}

/**
 * The message for people: the database's own words with detail and hint, never a stack trace or a connection string.
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return redact(String(error));
  // A host name may have several addresses. Node.js reports the failures of all of them under an error without a
  // message.
  if (error instanceof AggregateError && error.message === "") {
    return [...new Set(error.errors.map(describeError))].join("; ");
  }
  const { detail, hint } = error as { detail?: unknown; hint?: unknown };
  const extra = [detail, hint, advice[sqlStateOf(error) ?? ""]].filter(
    (part): part is string => typeof part === "string" && part !== "",
  );
  return redact(extra.reduce((text, part) => `${text}${text.endsWith(".") ? "" : "."} ${part}`, error.message));
}

/** Advice on server errors whose messages only name the problem. */
const advice: Readonly<Record<string, string>> = {
  "25006":
    "The database takes no writes: it is a standby, or default_transaction_read_only is on, which a hosted project sets when its disk is nearly full. " +
    "Connect to the primary; or make room or enlarge the disk, set it off again, and run this again",
  "53300":
    "Every connection that the server allows is taken, and a deployment needs up to seven: close others (select * from pg_stat_activity), or raise the limit, and run this again",
  "57P03": "Wait until it takes connections, and run this again",
};

/** Connection strings may occur in messages of other programs; their passwords are removed. */
export function redact(text: string): string {
  return text
    .replace(/(postgres(?:ql)?:\/\/[^\s:@/]*):\S*@/g, "$1:[secret]@")
    .replace(/(postgres(?:ql)?:\/\/\S*?[?&](?:password|sslpassword)=)[^\s&]*/g, "$1[secret]");
}

/** For an error from the server or the driver. An error for people has been described already. */
export function sqlStateOf(error: unknown): string | undefined {
  if (error instanceof InputError) return undefined;
  const code = (error as { code?: unknown } | null)?.code;
  // EPIPE has five letters too; no class of SQLSTATE begins with E.
  return typeof code === "string" && /^(?!E)[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/**
 * undefined_table, undefined_column, undefined_object, undefined_function, invalid_schema_name: something does not
 * exist, or not yet.
 */
export const missingObject: readonly string[] = ["42P01", "42703", "42704", "42883", "3F000"];
