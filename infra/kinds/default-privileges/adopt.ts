import { formatEntry, privilegesOn } from "../../desired/default-privileges.ts";
import { normaliseListedGrants } from "../../desired/listed-grants.ts";
import type { Adoptable } from "../../lifecycle/adoptable.ts";
import { isEqual } from "../../values/properties.ts";
import { isAsMade } from "./as-made.ts";
import { defaultPrivileges as entries } from "./catalog.ts";
import type { DefaultPrivileges } from "./kind.ts";

export const adoptable: Adoptable<DefaultPrivileges> = {
  module: () => "default-privileges",
  list: (catalog) =>
    catalog
      .of(entries)
      .filter((row) => !isAsMade({ ...row, grants: normaliseListedGrants(row.grants) } as DefaultPrivileges))
      .map(formatEntry),
  resourceNames: (entry) => [formatEntry(entry)],
  write({ grants, ...entry }, { server }) {
    const all = [...privilegesOn(entry.objects, server.version)].sort();
    const written = Object.entries(grants).map(([role, privileges]) => [
      role,
      isEqual([...privileges].sort(), all) ? "all" : privileges,
    ]);
    return { ...entry, grants: Object.fromEntries(written) };
  },
};
