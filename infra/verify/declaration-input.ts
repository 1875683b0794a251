import { z } from "zod";
import { InputError } from "../errors/errors.ts";
import { inputProblems } from "../lifecycle/input-problems.ts";
import type {
  ColumnName,
  FixtureValue,
  FurtherRow,
  FurtherValues,
  TableName,
  Verification,
  Who,
} from "./declaration.ts";

const table = z.custom<TableName>(
  (value) => typeof value === "string" || hasOwn(value, "$table"),
  'it must be a table: its name, such as "public.tasks", or a typed table, such as app.tasks',
);
const column = z.custom<ColumnName>(
  (value) => typeof value === "string" || hasOwn(value, "name"),
  'it must be a column: its name, such as "organization_id", or one of a typed table, such as app.tasks.organizationId',
);
const who = z.custom<Who>(
  (value) => [value].flat().every((each) => typeof each === "function"),
  "it must say who may: one or several of everybody, members, owner, nobody, withRole(…), or a function of a person and a row",
);
const value = z.custom<FixtureValue>(
  (value) => value === null || ["string", "number", "boolean"].includes(typeof value) || hasOwn(value, "sql"),
  "it must be a text, a number, true, false, null, or { sql: … }",
);
const further = z.custom<FurtherValues[string]>(
  (value) => value === null || value === undefined || typeof value === "string" || hasOwn(value, "sql"),
  'it must be a text (also for a number: "3"), null, undefined, or { sql: … }',
);
const code = z.custom<() => unknown>((value) => typeof value === "function", "it must be a function");
const optionalWho = who.optional();
const rowsMay = z.strictObject({
  ...{ select: optionalWho, insert: optionalWho, update: optionalWho, delete: optionalWho },
});

const furtherValues = z.record(z.string(), further);

/**
 * The shape of a declaration, for programs that no compiler has checked. Whether its names exist is checked against the
 * database later.
 */
const verificationInput = z.strictObject({
  people: z.strictObject({
    tenants: table.optional(),
    members: z
      .strictObject({
        ...{ table, tenant: column, user: column, role: column.optional() },
        roles: z.array(z.string()).optional(),
      })
      .optional(),
    users: z.strictObject({ table, subject: column, email: column.optional() }).optional(),
    subject: z.enum(["uuid", "text"]).optional(),
    claims: code.optional(),
    others: z.array(z.string()).optional(),
  }),
  tables: z
    .array(
      z.strictObject({
        ...{ table, owner: column.optional(), tenant: column.optional(), may: rowsMay },
        ...{ columns: z.array(column).optional(), reads: z.array(column).optional(), moves: optionalWho },
      }),
    )
    .optional(),
  files: z
    .array(
      z.strictObject({
        ...{ bucket: z.string(), folder: z.enum(["tenant", "user", "none"]), may: rowsMay, moves: optionalWho },
      }),
    )
    .optional(),
  channels: z
    .array(
      z.strictObject({
        ...{ topic: code, of: z.enum(["tenant", "user"]) },
        may: z.strictObject({ receive: optionalWho, send: optionalWho }),
      }),
    )
    .optional(),
  fixtures: z.record(z.string(), z.record(z.string(), value)).optional(),
  rows: z
    .array(
      z.strictObject({
        ...{ table, tenant: z.enum(["A", "B"]).optional(), owner: z.string().optional() },
        values: z.custom<FurtherRow["values"]>().superRefine((values, context) => {
          if (typeof values === "function") return;
          const { error } = furtherValues.safeParse(values);
          for (const problem of inputProblems(furtherValues, error?.issues ?? []))
            context.addIssue({ code: "custom", message: problem.message, path: [...problem.path] });
        }),
      }),
    )
    .optional(),
  equivalents: z.array(z.strictObject({ mutations: z.array(z.string()), because: z.string() })).optional(),
});

/** @throws {InputError} naming each property that is unknown or has the wrong type */
export function checkDeclaration(declared: unknown): Verification {
  const { error } = verificationInput.safeParse(declared);
  if (error === undefined) return declared as Verification;
  const problems = inputProblems(verificationInput, error.issues);
  throw new InputError(problems.map(({ path, message }) => ({ path: ["verification", ...path], message })));
}

/** Checks what a further row's `values` function returned. @throws {InputError} */
export function checkFurtherValues(values: unknown, path: readonly (string | number)[]): void {
  const { error } = furtherValues.safeParse(values);
  if (error === undefined) return;
  const problems = inputProblems(furtherValues, error.issues);
  throw new InputError(problems.map((problem) => ({ ...problem, path: [...path, ...problem.path] })));
}

function hasOwn(value: unknown, property: string): boolean {
  return typeof value === "object" && value !== null && property in value;
}
