import { DesiredSchema } from "../access/recursion/desired-schema.ts";
import { findRecursion, type Recursion } from "../access/recursion/search.ts";
import { DeclaredAccess } from "../desired/declared-access.ts";
import { InputError } from "../errors/errors.ts";
import type { Operation } from "../lifecycle/operation.ts";
import { readFunctionText } from "../sql/function-text.ts";
import { formatName } from "../sql/names.ts";
import { loadParser } from "../sql/parser.ts";
import { referencesOf } from "../sql/references.ts";
import { formatPath, type Path } from "../values/properties.ts";

/**
 * Refuses policies that lead back to their own table. PostgreSQL accepts them, but then refuses every query on the
 * table (42P17) or, if they lead through a function, runs it until the stack overflows (54001). If a program only
 * adopts such policies from the database, and the recursion may terminate, this is a warning.
 * @param pathOf the property with a policy's condition
 * @throws {InputError} with the whole path
 */
export async function refuseRecursion(
  operation: Operation,
  table: string,
  policies: readonly string[],
  pathOf: (policy: string, property: "using" | "withCheck") => Path,
  report: (message: string, severity?: "info" | "warning") => void,
): Promise<void> {
  if (policies.length === 0) return;
  await loadParser();
  const liveSchema = await operation.liveSchema();
  const isOwn = (name: string) => policies.includes(name);
  const recursion = findRecursion(new DesiredSchema(liveSchema, operation.declarations.access), table, isOwn);
  if (recursion === undefined) return;
  const live = findRecursion(new DesiredSchema(liveSchema, new DeclaredAccess()), table, isOwn);
  const [first] = [...recursion.lead, ...recursion.circle];
  const message = `${formatPath(pathOf(first?.policy ?? "", first?.property ?? "using"))}: ${describe(recursion)}`;
  const isLive = live !== undefined && JSON.stringify(live.circle) === JSON.stringify(recursion.circle);
  if (recursion.isRefusedAtOnce || !isLive) throw new InputError(message);
  report(message, "warning");
}

/**
 * The same for a function: whether policies that call it lead back to their own table through its body.
 * @throws {InputError} with the whole path
 */
export async function refuseRecursionThrough(
  operation: Operation,
  signature: string,
  report: (message: string, severity?: "info" | "warning") => void,
): Promise<void> {
  await loadParser();
  const declared = operation.declarations.access;
  const definition = declared.functions.get(signature)?.definition;
  if (definition === undefined || !readsTables(definition)) return;
  const liveSchema = await operation.liveSchema();
  const desired = new DesiredSchema(liveSchema, declared);
  const before = new DesiredSchema(liveSchema, new DeclaredAccess());
  for (const table of desired.guardedTables) {
    const recursion = findRecursion(desired, table, () => true, signature);
    if (recursion === undefined) continue;
    const live = findRecursion(before, table, () => true, signature);
    const message = `definition: ${describe(recursion)}`;
    if (JSON.stringify(live?.circle) !== JSON.stringify(recursion.circle)) throw new InputError(message);
    report(message, "warning");
    return;
  }
}

function readsTables(definition: string): boolean {
  return referencesOf(readFunctionText(definition).statements).relations.length > 0;
}

function describe({ role, command, lead, circle, isRefusedAtOnce }: Recursion): string {
  const steps = [...lead, ...circle];
  const way = steps.map(({ policy, by, reads }, index) => {
    const subject = index === 0 ? `the policy ${formatName(policy)}` : `whose policy ${formatName(policy)}`;
    return `${subject} reads ${reads}${by === undefined ? "" : ` in ${by}`}`;
  });
  const reader = role === "public" ? "anybody" : role;
  const outcome = isRefusedAtOnce
    ? `PostgreSQL would refuse every ${command} by ${reader} with "infinite recursion detected in policy" (42P17)`
    : `PostgreSQL would run a ${command} by ${reader} until its stack is full (54001)`;
  const advice =
    "Read the table in a function that is SECURITY DEFINER and belongs to a role that no policy asks, such as the table's owner, and call that instead";
  return `${way.join(", ")}, which leads back to ${circle[0]?.table}. ${outcome}. ${advice}`;
}
