import type { Table } from "../../catalog/tables.ts";
import { type Adoptable, sharedTables } from "../../lifecycle/adoptable.ts";
import { isPlatformSchema } from "../../sql/platform-schemas.ts";
import { formatQualified, parseQualified } from "../../sql/quote.ts";
import type { PolicyResource } from "./kind.ts";

export const adoptable: Adoptable<PolicyResource> = {
  module({ table }) {
    const { schema } = parseQualified(table);
    return isPlatformSchema(schema) ? schema : "table-access";
  },
  list: (catalog) => sharedTables(catalog).flatMap(policiesOf),
  partsOf({ policies, tableOf }, args, { tables }) {
    const found = policies?.areWholeTable ? tables.get(tableOf?.(args) ?? "") : undefined;
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
