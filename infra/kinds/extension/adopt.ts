import type { Adoptable } from "../../lifecycle/adoptable.ts";
import { extensions } from "./catalog.ts";
import type { Extension } from "./kind.ts";

/** The extensions of every project. */
const usual = new Set([
  ...["plpgsql", "pg_graphql", "pg_stat_statements", "pgcrypto", "pgjwt", "pgsodium", "supabase_vault"],
  "uuid-ossp",
]);

export const adoptable: Adoptable<Extension> = {
  module: () => "schemas",
  list: (catalog) => [...catalog.of(extensions).keys()].filter((name) => !usual.has(name)),
  resourceNames: ({ name }) => [name],
  /** A declared version would prevent the platform from updating the extension. */
  write: ({ name, schema }) => ({ name, schema }),
};
