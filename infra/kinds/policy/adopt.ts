import type { Catalog } from "../../catalog/catalog.ts";
import type { Table } from "../../catalog/tables.ts";
import type { Adoptable } from "../../lifecycle/adoptable.ts";
import { isPlatformSchema, platformTableProblem } from "../../sql/platform-schemas.ts";
import { formatQualified, parseQualified } from "../../sql/quote.ts";
import type { PolicyResource } from "./kind.ts";

export const adoptable: Adoptable<PolicyResource> = {
  module({ table }) {
    const { schema } = parseQualified(table);
    return isPlatformSchema(schema) ? schema : "table-access";
  },
  list: (catalog) => sharedTables(catalog).flatMap(policiesOf),
  partsOf(kind, { table }, { tables }) {
    const found = kind === "TableAccess" ? tables.get(String(table)) : undefined;
    return found === undefined ? [] : policiesOf(found);
  },
  resourceNames: ({ table, name }) => [name, `${table}/${name}`],
  place({ table }) {
    const name = parseQualified(table);
    return { schema: name.schema, table: name };
  },
};

function policiesOf(table: Table): readonly string[] {
  return table.policies.map(({ name }) => `${formatQualified(table)}/${name}`);
}

/** The platform's tables that projects have policies on. */
export function sharedTables({ tables }: Catalog): readonly Table[] {
  return [...tables.values()].filter(
    (table) =>
      isPlatformSchema(table.schema) &&
      table.policies.length > 0 &&
      platformTableProblem(table, "policies") === undefined,
  );
}
