import { readFileSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../../errors/errors.ts";
import { packageFolder } from "../../system/package-folder.ts";
import { isPublic, type Variable, type VariableCheck, type Variables } from "../environment/variables.ts";
import type { ContractFiles } from "../files.ts";

/** The environment, separated into what browsers may see and what only the server may. */
export function environmentFiles(variables: Variables): ContractFiles {
  const entries = Object.entries(variables);
  for (const [name, variable] of entries) refuseSecretInPublic(name, variable);
  const publicVariables = entries.filter(([name]) => isPublic(name));
  const serverVariables = entries.filter(([name]) => !isPublic(name));
  return {
    "env/checks.ts": sourceOf("checks.ts"),
    "env/server-checks.ts": sourceOf("server-checks.ts"),
    "env/read.ts": sourceOf("read.ts"),
    "env/public-variables.ts": writePublicVariables(publicVariables),
    "env/public.ts": publicEnvironment,
    "env/server.ts": writeServerEnvironment(serverVariables),
  };
}

type Entries = readonly (readonly [string, Variable])[];

/** A file of this package that the contract contains unchanged. */
function sourceOf(file: string): string {
  return readFileSync(join(packageFolder, "contract", "environment", file), "utf8");
}

function refuseSecretInPublic(name: string, { check }: Variable): void {
  if (isPublic(name) && typeof check === "string" && serverChecks.includes(check)) {
    throw new InputError(
      `${name} goes to every browser, as everything that begins with NEXT_PUBLIC_, and its value is a secret; give it another name`,
    );
  }
}

const serverChecks = ["postgresUrl", "directPostgresUrl", "secretKey"];

function writePublicVariables(entries: Entries): string {
  return `
import { z } from "zod";
${importChecks(entries, false)}

/** What browsers may know. */
export const publicSchema = z.object({
${writeShape(entries)}
});

export const publicAdvice = {
${writeAdvice(entries)}
};

/** Each is written out, because Next.js puts values in the place of exactly such expressions when it builds for browsers. */
export const publicValues = {
${entries.map(([name]) => `${name}: process.env.${name},`).join("\n")}
};
`;
}

const publicEnvironment = `
import { publicAdvice, publicSchema, publicValues } from "./public-variables.ts";
import { readEnvironment } from "./read.ts";

/**
 * The part of the environment that browsers may know, checked when this module is loaded.
 * @throws {EnvironmentError} that lists every variable which is missing or wrong
 */
export const publicEnv = readEnvironment(publicSchema, publicValues, publicAdvice);
`;

function writeServerEnvironment(entries: Entries): string {
  return `
import "#server-only";
import { z } from "zod";
${importChecks(entries, true)}
import { publicAdvice, publicSchema, publicValues } from "./public-variables.ts";
import { readEnvironment } from "./read.ts";

const serverSchema = z.object({
  ...publicSchema.shape,
${writeShape(entries)}
});

const advice = {
  ...publicAdvice,
${writeAdvice(entries)}
};

/**
 * The whole environment, for the server alone, checked when this module is loaded.
 * @throws {EnvironmentError} that lists every variable which is missing or wrong, public ones included
 */
export const serverEnv = readEnvironment(serverSchema, { ...process.env, ...publicValues }, advice);
`;
}

function importChecks(entries: Entries, isServer: boolean): string {
  const names = [...new Set(entries.flatMap(([, { check }]) => nameOfCheck(check) ?? []))].sort();
  const forServer = names.filter((name) => serverChecks.includes(name));
  const shared = names.filter((name) => !serverChecks.includes(name));
  return [
    ...(shared.length > 0 ? [`import { ${shared.join(", ")} } from "./checks.ts";`] : []),
    ...(isServer && forServer.length > 0 ? [`import { ${forServer.join(", ")} } from "./server-checks.ts";`] : []),
  ].join("\n");
}

function nameOfCheck(check: VariableCheck): string | undefined {
  if (typeof check === "string") return check;
  return "minimumLength" in check ? "textOf" : undefined;
}

function writeShape(entries: Entries): string {
  return entries
    .map(([name, { check, optional }]) => `${name}: ${writeCheck(check)}${optional ? ".optional()" : ""},`)
    .join("\n");
}

function writeCheck(check: VariableCheck): string {
  if (typeof check === "string") return check;
  if ("minimumLength" in check) return `textOf(${check.minimumLength})`;
  const values = check.oneOf.map((value) => JSON.stringify(value)).join(", ");
  return `z.enum([${values}], { error: ${JSON.stringify(`must be one of ${check.oneOf.join(", ")}`)} })`;
}

function writeAdvice(entries: Entries): string {
  return entries.map(([name, { advice }]) => `${name}: ${JSON.stringify(advice)},`).join("\n");
}
