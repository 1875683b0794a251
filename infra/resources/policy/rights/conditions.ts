import { parseQualified } from "../../sql/quote.ts";
import { splitSignature } from "../../sql/signature.ts";
import type { World } from "../recursion/world.ts";
import { functionsLedTo } from "./bodies.ts";

export interface Condition {
  readonly table: string;
  readonly policy: string;
  readonly property: "using" | "withCheck";
  readonly sql: string;
}

export function conditionsOf(world: World, table: string): readonly Condition[] {
  return Object.entries(world.table(table)?.policies ?? {}).flatMap(([policy, definition]) =>
    (["using", "withCheck"] as const).flatMap((property) => {
      const sql = definition[property];
      return sql === undefined ? [] : [{ table, policy, property, sql }];
    }),
  );
}

/** Whether it reads another table or calls a function that is not PostgreSQL's own. */
export function mayNeedRights(world: World, { sql }: Condition): boolean {
  const { hasSubSelect, functions } = world.condition(sql);
  return (
    hasSubSelect ||
    functions.some((use) =>
      use.schema === undefined ? world.functions(use, undefined).length > 0 : use.schema !== "pg_catalog",
    )
  );
}

/** Conditions on other tables that read this one, as far as names tell; what they really read is the server's to say. */
export function conditionsReading(world: World, table: string): readonly Condition[] {
  const mentions = world.mentions(parseQualified(table).name);
  const views = world.viewsOf(table).map((view) => world.mentions(parseQualified(view).name));
  return conditionsElsewhere(world, table).filter(({ sql }) => mentions(sql) || views.some((isRead) => isRead(sql)));
}

export function conditionsCalling(world: World, signature: string, serverVersion: number): readonly Condition[] {
  const mentions = world.mentions(splitSignature(signature).name);
  return conditionsElsewhere(world, undefined).filter(
    ({ sql }) =>
      mentions(sql) && functionsLedTo(world, sql, serverVersion).some((found) => found.signature === signature),
  );
}

function conditionsElsewhere(world: World, table: string | undefined): readonly Condition[] {
  return world.guardedTables.filter((name) => name !== table).flatMap((name) => conditionsOf(world, name));
}
