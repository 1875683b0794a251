import type { Operation } from "../lifecycle/operation.ts";
import type { Path } from "../values/properties.ts";
import { refuseRecursion } from "./recursion.ts";
import { tellUnanswerable } from "./rights.ts";
import { findShadowingBy } from "./shadowing.ts";

/**
 * Checks at preview whether a table's policies would fail when they are evaluated.
 * @param pathOf the property with a policy's condition
 * @throws {InputError} if no query could succeed
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
