import { extensionRelations } from "../../catalog/extension-members.ts";
import type { Adoptable } from "../../lifecycle/adoptable.ts";
import { isMadeByPlatform } from "../../sql/platform-schemas.ts";
import { formatQualified, parseQualified } from "../../sql/quote.ts";
import { triggers } from "./catalog.ts";
import type { Trigger } from "./kind.ts";

export const adoptable: Adoptable<Trigger> = {
  module: () => "triggers",
  reads: [extensionRelations],
  /** On a table of the platform's, the platform's own triggers call its own functions. */
  list: (catalog) =>
    [...catalog.of(triggers).values()]
      .filter(
        ({ table, function: called }) =>
          !catalog.of(extensionRelations).has(formatQualified(table)) &&
          !(isMadeByPlatform(table.schema) && isMadeByPlatform(called.schema)),
      )
      .map(({ table, name }) => `${formatQualified(table)}/${name}`),
  resourceNames: ({ table, name }) => [name, `${table}/${name}`],
  place({ table }) {
    const name = parseQualified(table);
    return { schema: name.schema, table: name };
  },
};
