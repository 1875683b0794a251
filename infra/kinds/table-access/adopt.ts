import { extensionRelations } from "../../catalog/extension-members.ts";
import { isTable } from "../../catalog/tables.ts";
import { writeGrants } from "../../desired/grants.ts";
import { type Adoptable, isPeoples } from "../../lifecycle/adoptable.ts";
import { formatQualified, parseQualified } from "../../sql/quote.ts";
import type { TableAccess } from "./kind.ts";

export const adoptable: Adoptable<TableAccess> = {
  module: () => "table-access",
  component: "TenantTable",
  holds({ policies }) {
    const count = Object.keys(policies).length;
    return count < 2 ? undefined : `and with it all its ${count} policies and its grants`;
  },
  besides: "the policies that can be are declared by themselves, its row security and its grants are not",
  reads: [extensionRelations],
  list: (catalog) =>
    [...catalog.tables.values()]
      .filter((table) => isTable(table) && isPeoples(table))
      .map(formatQualified)
      .filter((id) => !catalog.of(extensionRelations).has(id)),
  resourceNames: ({ table }) => [parseQualified(table).name, table],
  place({ table }) {
    const name = parseQualified(table);
    return { schema: name.schema, table: name };
  },
  write: (args, { server }) => ({ ...args, grants: writeGrants(args.grants, server) }),
};
