import { formatQualified, parseQualified } from "../../sql/quote.ts";
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

/** Conditions on other tables that read this one, as far as names tell; what they really read is the server's to say. */
export function conditionsReading(world: World, table: string, serverVersion: number): readonly Condition[] {
  const { name } = parseQualified(table);
  return conditionsElsewhere(world, table).filter(
    ({ sql }) =>
      world.condition(sql).relations.some((use) => isOrReads(world, world.resolve(use, undefined), table)) ||
      functionsLedTo(world, sql, serverVersion).some((found) => found.definition.includes(name)),
  );
}

export function conditionsCalling(world: World, signature: string, serverVersion: number): readonly Condition[] {
  return conditionsElsewhere(world, undefined).filter(({ sql }) =>
    functionsLedTo(world, sql, serverVersion).some((found) => found.signature === signature),
  );
}

function conditionsElsewhere(world: World, table: string | undefined): readonly Condition[] {
  return world.guardedTables.filter((name) => name !== table).flatMap((name) => conditionsOf(world, name));
}

function isOrReads(world: World, name: string | undefined, table: string): boolean {
  if (name === undefined || name === table) return name === table;
  return world.view(name)?.reads.some((read) => formatQualified(read) === table) ?? false;
}
