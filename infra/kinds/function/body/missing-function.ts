import type { Operation } from "../../../lifecycle/operation.ts";
import type { BodyQuestion } from "../../../sql/body/body-questions.ts";
import { formatReference } from "../../../sql/names.ts";
import { isPlatformSchema } from "../../../sql/platform-schemas.ts";
import type { QualifiedName } from "../../../sql/quote.ts";
import type { FunctionUse } from "../../../sql/references.ts";
import { readSignature } from "../../../sql/signature.ts";
import { editDistance } from "../../../values/edit-distance.ts";
import type { BodyRefusal, CallContext } from "./body-question.ts";

/** The functions that exist or that the program has declared so far, one entry for each overload. */
export async function functionsOf(operation: Operation): Promise<readonly QualifiedName[]> {
  const { functions } = await operation.snapshot();
  const added = [...operation.declarations.access.functions].filter(([signature]) => !functions.has(signature));
  return [...[...functions.values()], ...added.map(([, { definition }]) => readSignature(definition))];
}

/**
 * Whether a refused call will still fail after the deployment. Functions need not be declared in the order of their
 * calls, so the missing one may be declared later.
 */
export function isCertainCall(
  call: CallContext,
  use: FunctionUse | undefined,
  known: readonly QualifiedName[],
): boolean {
  const expected = known.filter(({ schema, name }) => name === use?.name && call.schemas.includes(schema)).length;
  if (call.count < expected) return false;
  if (call.count > 0) return true;
  return call.schemas.every(isClosed) || (use !== undefined && findSimilar(call, use.name) !== undefined);
}

/** A similar name, if the called function does not exist. */
export function suggestName(refusal: BodyRefusal, { calls }: BodyQuestion): string | undefined {
  if (refusal.sqlState !== "42883") return undefined;
  for (const [index, call] of refusal.calls.entries()) {
    const name = calls[index]?.name;
    const similar = call.count === 0 && name !== undefined ? findSimilar(call, name) : undefined;
    if (similar !== undefined) return `Perhaps you meant the function ${formatReference(similar)}`;
  }
  return undefined;
}

/** No deployment creates functions in this schema. */
function isClosed(schema: string): boolean {
  return schema.startsWith("pg_") || isPlatformSchema(schema);
}

function findSimilar({ others }: CallContext, name: string): QualifiedName | undefined {
  const isNumbered = (other: string) => other.replace(/[0-9]/g, "") === name.replace(/[0-9]/g, "");
  return name.length < 6
    ? undefined
    : others.find((other) => !isNumbered(other.name) && editDistance(name, other.name) <= 2);
}
