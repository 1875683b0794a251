import type { Adoptable } from "../../lifecycle/adoptable.ts";
import { formats } from "../../migrations/formats/registry.ts";
import type { Migrations } from "./kind.ts";

export const adoptable: Adoptable<Migrations> = {
  module: () => "migrations",
  /** The formats that the database has a record of. */
  list: (catalog) => formats.flatMap(({ name, records }) => (catalog.of(records) === undefined ? [] : [name])),
  resourceNames: () => ["migrations"],
};
