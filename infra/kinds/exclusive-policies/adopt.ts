import { type Adoptable, sharedTables } from "../../lifecycle/adoptable.ts";
import { formatQualified, parseQualified } from "../../sql/quote.ts";
import type { ExclusivePolicies } from "./kind.ts";

export const adoptable: Adoptable<ExclusivePolicies> = {
  module: ({ table }) => parseQualified(table).schema,
  list: (catalog) => sharedTables(catalog).map(formatQualified),
  resourceNames: ({ table }) => [table],
  place({ table }) {
    const name = parseQualified(table);
    return { schema: name.schema, table: name };
  },
  write: ({ table, policies }) => ({ table, policies: Object.keys(policies) }),
};
