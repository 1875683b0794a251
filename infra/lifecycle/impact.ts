import { type Impact, impactBetween, noImpact } from "../access/impact/notes.ts";
import { schemaOf, withSchema } from "../access/reach/overlay.ts";
import type { Reachable } from "../access/reach/reachable.ts";
import { loadParser } from "../sql/parser.ts";
import type { Properties } from "../values/properties.ts";
import type { Kind } from "./kind.ts";
import type { Operation } from "./operation.ts";

/**
 * Who gains and who loses which access by a change, for the reviewer of the preview. Texts are in the server's words.
 * @param former the object that is dropped, if the resource is replaced
 */
export async function impactOf(
  kind: Kind,
  change: {
    readonly live: Properties | undefined;
    readonly desired: Properties;
    readonly former?: Properties | undefined;
  },
  operation: Operation,
): Promise<Impact> {
  const { live, desired, former } = change;
  if (kind.reachAfter === undefined) return noImpact;
  await loadParser();
  const around = withDeclaredSchemas(await operation.reachable(), operation);
  const before = live === undefined ? around : kind.reachAfter(around, live, "declared");
  const without = former === undefined ? before : kind.reachAfter(before, former, "removed");
  const after = kind.reachAfter(without, desired, "declared");
  return impactBetween(before, after, kind.answersFor?.(desired) ?? []);
}

/**
 * Schemas are declared before their contents, so access that a schema opens or closes is reported with the schema, and
 * not again with a table in it.
 */
export function withDeclaredSchemas(reachable: Reachable, { declarations }: Operation): Reachable {
  return [...declarations.access.schemas].reduce(
    (found, [name, declared]) => withSchema(found, schemaOf(name, declared.owner, declared.grants)),
    reachable,
  );
}
