import type { Operation } from "../lifecycle/operation.ts";
import type { Path } from "../values/properties.ts";
import { refuseRecursion } from "./recursion.ts";
import { tellUnanswerable } from "./rights.ts";
import { findShadowingBy } from "./shadowing.ts";

/**
 * Looks, at preview, what policies of a table would run into when they are asked.
 * @param pathOf where in the resource a policy's condition stands
 * @throws {InputError} where no query could work
 */
export async function inspectPolicies(
  operation: Operation,
  table: string,
  policies: readonly string[],
  pathOf: (policy: string, property: "using" | "withCheck") => Path,
  report: (message: string, severity?: "info" | "warning") => void,
): Promise<void> {
  await refuseRecursion(operation, table, policies, pathOf, report);
  const shadowing = await findShadowingBy(operation, table, policies);
  if (shadowing.length > 0) report(shadowing.join("\n"), "warning");
  await tellUnanswerable(operation, table, policies, pathOf, report);
}
