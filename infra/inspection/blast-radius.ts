import { blastRadiusOf, describeBlastRadius } from "../access/impact/blast-radius.ts";
import { DesiredSchema } from "../access/recursion/desired-schema.ts";
import type { Note } from "../lifecycle/kind.ts";
import type { Operation } from "../lifecycle/operation.ts";
import { loadParser } from "../sql/parser.ts";

/** What a change to a function's body affects apart from the function: the policies that call it. */
export async function noteBlastRadius(operation: Operation, signature: string): Promise<readonly Note[]> {
  await loadParser();
  const desired = new DesiredSchema(await operation.liveSchema(), operation.declarations.access);
  const found = describeBlastRadius(blastRadiusOf(desired, signature));
  return found === undefined ? [] : [{ severity: "info", message: `${signature} ${found}` }];
}
