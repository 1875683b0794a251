import { type Outline, outlineRows } from "./outlines.ts";
import { planChanges } from "./plan-changes.ts";
import type { RowPlan } from "./planned-row.ts";
import { References } from "./references.ts";
import { type Linked, orderRows } from "./row-order.ts";
import type { RowRequest } from "./row-request.ts";
import { RowsOfPlan } from "./rows-of-plan.ts";
import type { SchemaFacts } from "./schema-facts.ts";

/**
 * Plans rows for each tenant in each table: their order, what each references, and which values to try. Await
 * `loadParser` first.
 * @throws {Error} if the request names a table, column or row that does not exist
 * @example
 * await loadParser();
 * const made = await makeRows(session, planRows(await readSchema(session), request));
 */
export function planRows(schema: SchemaFacts, request: RowRequest): RowPlan {
  const outlines = outlineRows(schema, request);
  const references = new References(outlines, request);
  const linked: Linked[] = [];
  // The list grows in the loop: a row may be added so that two rows don't get the same key.
  for (let index = 0; index < outlines.outlines.length; index++) {
    const outline = outlines.outlines[index] as Outline;
    linked.push({ outline, references: references.of(outline), later: new Map() });
  }
  const { order, deferred, known } = orderRows(linked, outlines.linksOf);
  const rows = new RowsOfPlan(schema, request, linked);
  for (const { row, column } of known) rows.fix(row, column);
  return {
    rows: linked.map((each) => rows.plan(each, planChanges(each, rows, references, outlines, request))),
    order,
    excluded: outlines.excluded,
    deferred,
  };
}
