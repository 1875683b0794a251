import * as pulumi from "@pulumi/pulumi";
import type { Server } from "../../catalog/catalog.ts";
import { type TenantTableArgs, tenantTableAccess } from "../../components/tenant-table.ts";
import { type Grants, normaliseGrants } from "../../desired/grants.ts";
import { normalisePolicy, type PolicyDefinition } from "../../desired/policy-definition.ts";
import type { ModelColumn, ModelTable } from "../../prisma/model.ts";
import { defineTable, type TypedTable } from "../../prisma/reference.ts";
import { factsOf } from "../../prisma/typed-tables.ts";
import { realtimePublication } from "../../sql/platform-schemas.ts";
import { parseQualified } from "../../sql/quote.ts";
import { ColumnReference } from "../../sql/reference.ts";
import { SqlText } from "../../sql/tag.ts";
import { isEqual, isProperties, ownEntry, type Properties, type Value } from "../../values/properties.ts";
import { type ExpressionScope, writeExpression } from "./expression/expression.ts";
import type { Literal } from "./literal.ts";

/** The access of a live table. */
export interface LiveTableAccess {
  /** In normal form. */
  readonly args: { readonly policies: Readonly<Record<string, PolicyDefinition>>; readonly grants: Grants };
  /** The arguments as a program would write them. */
  readonly input: Properties;
}

/** A table and its columns, with the names that a program has for them. */
export interface KnownTable extends Pick<ModelTable, "schema" | "name" | "primaryKey" | "hiddenColumns"> {
  readonly columns: readonly Pick<ModelColumn, "field" | "column" | "isComputed" | "mayNameOwner">[];
}

/**
 * The arguments of a `TenantTable` that declares exactly the live state: its four policies, by their names, and its
 * grants. Undefined if there are none.
 */
export function asTenantTable(
  live: LiveTableAccess,
  known: KnownTable,
  scope: ExpressionScope,
  server: Server,
): { readonly [argument: string]: Literal } | undefined {
  const { policies, grants } = live.args;
  const stored = (command: string) => ownEntry(policies, `${known.name}_${command}`)?.using;
  const [members, deletedBy, users] = [stored("select"), stored("delete"), ownEntry(grants, "authenticated")];
  if (members === undefined || deletedBy === undefined || users === undefined) return undefined;
  // Other row-level security settings, an owner, and everything else that the component has no argument for.
  if (Object.keys(live.input).some((property) => !["table", "policies", "grants"].includes(property))) return undefined;
  const table = typedTable(known);
  const texts = { members, ...(deletedBy === members ? {} : { deletedBy }) };
  const sqlTexts = Object.fromEntries(Object.entries(texts).map(([property, text]) => [property, sqlText(text)]));
  const asWritten = ownEntry(ownEntry(live.input, "grants") as Properties | undefined, "authenticated");
  for (const privileges of [undefined, asWritten, users]) {
    const args = { table, ...sqlTexts, ...(privileges === undefined ? {} : { privileges }) } as TenantTableArgs;
    if (!declares(args, live, server)) continue;
    return {
      table: scope.names.table(known) ?? `${known.schema}.${known.name}`,
      ...Object.fromEntries(Object.entries(texts).map(([property, text]) => [property, writeExpression(text, scope)])),
      ...(privileges === undefined ? {} : { privileges: withColumns(privileges as Value, known, scope) }),
    };
  }
  return undefined;
}

/**
 * The arguments of a `RealtimeChanges` that declares exactly the live state: the publication that Realtime reads, with
 * whole tables. Which columns subscribers filter by is left to the application. Undefined if there are none.
 */
export function asRealtimeChanges(
  name: string,
  { tables, ...others }: Properties,
  { names }: Pick<ExpressionScope, "names">,
): { readonly [argument: string]: Literal } | undefined {
  if (name !== realtimePublication || Object.keys(others).length > 0 || !Array.isArray(tables)) return undefined;
  const known = tables.flatMap((table) => names.table(parseQualified(String(table))) ?? []);
  return known.length === tables.length ? { filters: [], tables: known } : undefined;
}

/** Whether a `TenantTable` would declare exactly these policies and grants. */
function declares(args: TenantTableArgs, { args: { policies, grants } }: LiveTableAccess, server: Server): boolean {
  try {
    const expected = asTexts(tenantTableAccess("", args)) as unknown as {
      readonly policies: Readonly<Record<string, Parameters<typeof normalisePolicy>[0]>>;
      readonly grants: Properties;
    };
    const definitions = Object.entries(expected.policies).map(([name, policy]) => [
      name,
      normalisePolicy({ ...policy, as: "permissive" }),
    ]);
    return (
      isEqual(Object.fromEntries(definitions), policies) && isEqual(normaliseGrants(expected.grants, server), grants)
    );
  } catch (error) {
    // The component reports what it lacks.
    if (error instanceof pulumi.RunError) return false;
    throw error;
  }
}

function typedTable(table: KnownTable): TypedTable {
  const fields = Object.fromEntries(table.columns.map(({ field, column }) => [field, column]));
  return defineTable(table.schema, table.name, fields, undefined, factsOf(table));
}

function sqlText(text: string): SqlText {
  return new SqlText(pulumi.output(text), text);
}

/** Resolves the values that the provider would get. Texts that are known already need no waiting. */
function asTexts(value: unknown): unknown {
  if (value instanceof SqlText) return value.known;
  if (value instanceof ColumnReference) return value.name;
  if (Array.isArray(value)) return value.map(asTexts);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, asTexts(inner)]));
}

function withColumns(privileges: Value, table: KnownTable, { names }: ExpressionScope): Literal {
  if (!isProperties(privileges)) return privileges;
  const column = (name: Value) => (typeof name === "string" ? (names.column(table, name) ?? name) : name);
  return Object.fromEntries(
    Object.entries(privileges).map(([privilege, of]) => [privilege, Array.isArray(of) ? of.map(column) : of]),
  );
}
