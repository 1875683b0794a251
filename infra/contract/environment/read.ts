import type { z } from "zod";

/** What to do about each variable, if it is missing or wrong. */
export type Advice = Readonly<Record<string, string>>;

type Values = Readonly<Record<string, string | undefined>>;

/** Environment variables are missing or wrong. The message lists all of them, without their values. */
export class EnvironmentError extends Error {
  override readonly name = "EnvironmentError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    const count = problems.length === 1 ? "An environment variable is" : `${problems.length} environment variables are`;
    super(
      [
        `${count} missing or wrong:`,
        ...problems.map((problem) => `  - ${problem}`),
        "Set them in .env.local on your machine, or in your host's settings, and start again.",
      ].join("\n"),
    );
    this.problems = problems;
  }
}

/** The values as parsed by the schema. @throws {EnvironmentError} naming every variable that is missing or wrong */
export function readEnvironment<Schema extends z.ZodObject>(schema: Schema, values: Values, advice: Advice) {
  // A line without a value (`NAME=`) counts as missing.
  const given = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value || undefined]));
  const result = schema.safeParse(given);
  if (result.success) return Object.freeze(result.data);
  throw new EnvironmentError(result.error.issues.map((issue) => describeIssue(issue, given, advice)));
}

function describeIssue(issue: z.core.$ZodIssue, given: Values, advice: Advice): string {
  const name = String(issue.path[0]);
  const problem = given[name] === undefined ? "is missing" : issue.message;
  const help = advice[name];
  return help === undefined ? `${name} ${problem}.` : `${name} ${problem}. ${help}`;
}
