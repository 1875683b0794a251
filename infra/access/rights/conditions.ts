import { parseQualified } from "../../sql/quote.ts";
import { splitSignature } from "../../sql/signature.ts";
import type { DesiredSchema } from "../recursion/desired-schema.ts";
import { functionsLedTo } from "./bodies.ts";
import { schemasNamedIn } from "./missing.ts";

export interface Condition {
  readonly table: string;
  readonly policy: string;
  readonly property: "using" | "withCheck";
  readonly sql: string;
}

export function conditionsOf(desired: DesiredSchema, table: string): readonly Condition[] {
  return Object.entries(desired.table(table)?.policies ?? {}).flatMap(([policy, definition]) =>
    (["using", "withCheck"] as const).flatMap((property) => {
      const sql = definition[property];
      return sql === undefined ? [] : [{ table, policy, property, sql }];
    }),
  );
}

/** Whether it reads another table or calls a function that is not PostgreSQL's own. */
export function mayNeedRights(desired: DesiredSchema, { sql }: Condition): boolean {
  const { hasSubSelect, functions } = desired.condition(sql);
  return (
    hasSubSelect ||
    functions.some((use) =>
      use.schema === undefined ? desired.functions(use, undefined).length > 0 : use.schema !== "pg_catalog",
    )
  );
}

/** Conditions on other tables that read this one, judging by names. The server determines what they really read. */
export function conditionsReading(desired: DesiredSchema, table: string): readonly Condition[] {
  const mentions = desired.mentions(parseQualified(table).name);
  const views = desired.viewsOf(table).map((view) => desired.mentions(parseQualified(view).name));
  return conditionsElsewhere(desired, table).filter(({ sql }) => mentions(sql) || views.some((isRead) => isRead(sql)));
}

export function conditionsCalling(desired: DesiredSchema, signature: string): readonly Condition[] {
  const mentions = desired.mentions(splitSignature(signature).name);
  return conditionsElsewhere(desired, undefined).filter(
    ({ sql }) => mentions(sql) && functionsLedTo(desired, sql).some((found) => found.signature === signature),
  );
}

/** Conditions that call a function which resolves names in the schema when it runs. */
export function conditionsLookingInto(desired: DesiredSchema, schema: string): readonly Condition[] {
  return conditionsElsewhere(desired, undefined).filter(({ sql }) =>
    functionsLedTo(desired, sql).some(({ signature }) => schemasNamedIn(desired, signature).includes(schema)),
  );
}

function conditionsElsewhere(desired: DesiredSchema, table: string | undefined): readonly Condition[] {
  return desired.guardedTables.filter((name) => name !== table).flatMap((name) => conditionsOf(desired, name));
}
