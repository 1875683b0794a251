import { isPlatformPublication } from "../../access/reach/baseline.ts";
import type { Adoptable } from "../../lifecycle/adoptable.ts";
import { realtimePublication } from "../../sql/platform-schemas.ts";
import { isEqual } from "../../values/properties.ts";
import { publications } from "./catalog.ts";
import type { Publication } from "./kind.ts";

export const adoptable: Adoptable<Publication> = {
  module: () => "realtime",
  component: "RealtimeChanges",
  undeclarable: { allTables: "it publishes all tables", schemas: "it publishes all tables of a schema" },
  /** The platform creates its own publication empty. */
  list: (catalog) =>
    [...catalog.of(publications).values()]
      .filter(
        ({ name, tables, allTables, schemas }) =>
          !isPlatformPublication(name) &&
          (name !== realtimePublication || tables.length > 0 || allTables || schemas.length > 0),
      )
      .map(({ name }) => name),
  resourceNames: ({ name }) => [name],
  write({ tables, ...args }) {
    const isPlain = Object.values(tables).every((member) => isEqual(member, {}));
    return { ...args, tables: isPlain ? Object.keys(tables) : tables };
  },
};
