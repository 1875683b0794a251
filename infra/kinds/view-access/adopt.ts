import { extensionRelations } from "../../catalog/extension-members.ts";
import { writeGrants } from "../../desired/grants.ts";
import { type Adoptable, isPeoples } from "../../lifecycle/adoptable.ts";
import { formatQualified, parseQualified } from "../../sql/quote.ts";
import { views } from "./catalog.ts";
import type { ViewAccess } from "./kind.ts";

export const adoptable: Adoptable<ViewAccess> = {
  module: () => "views",
  reads: [extensionRelations],
  list: (catalog) =>
    [...catalog.of(views).values()]
      .filter(isPeoples)
      .map(formatQualified)
      .filter((id) => !catalog.of(extensionRelations).has(id)),
  resourceNames: ({ view }) => [parseQualified(view).name, view],
  place({ view }) {
    const name = parseQualified(view);
    return { schema: name.schema, table: name };
  },
  write: (args, { server }) => ({ ...args, grants: writeGrants(args.grants, server) }),
};
