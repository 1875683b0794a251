import type { Adoptable } from "../../lifecycle/adoptable.ts";
import { formats } from "../../migrations/formats/registry.ts";
import type { Migrations } from "./kind.ts";

export const adoptable: Adoptable<Migrations> = {
  module: () => "migrations",
  /** Those of which the database has a record. */
  list: (catalog) => formats.flatMap(({ name, records }) => (catalog.of(records) === undefined ? [] : [name])),
  resourceNames: () => ["migrations"],
};
