import type { Problem } from "../errors/errors.ts";
import { nameProblem } from "../sql/quote.ts";
import type { Path, Properties, Value } from "../values/properties.ts";
import { inputProblems } from "./input-problems.ts";
import type { Kind, NormaliseContext } from "./kind.ts";

/**
 * Brings a program's declaration, or what an import has found, into normal form, or reports what is wrong with it.
 * @param resourceName for kinds whose objects are named after their resources
 */
export async function normalise(
  kind: Kind,
  input: Properties,
  context: NormaliseContext,
  resourceName?: string,
): Promise<Properties | Problem[]> {
  const isUnnamed = kind.isNamedAfterResource && resourceName !== undefined && input.name === undefined;
  const declared = withoutProperties(isUnnamed ? { ...input, name: resourceName } : input, kind.derived);
  const unreadable = findUnreadableNames(declared);
  if (unreadable.length > 0) return unreadable;
  const parsed = kind.input.safeParse(declared);
  if (!parsed.success) return inputProblems(kind.input, parsed.error.issues);
  return await kind.normalise(parsed.data, context);
}

export function withoutProperties(properties: Properties, keys: readonly string[] = []): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([key]) => !keys.includes(key)));
}

/** zod silently drops a property with one of these names. */
function findUnreadableNames(value: Value, path: Path = []): Problem[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const message = key === "__proto__" ? nameProblem(key) : undefined;
    return message === undefined ? findUnreadableNames(inner, [...path, key]) : [{ path: [...path, key], message }];
  });
}
