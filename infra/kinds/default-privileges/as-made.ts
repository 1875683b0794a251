import { isUsualDefault } from "../../access/reach/baseline.ts";
import { builtInGrants } from "../../desired/default-privileges.ts";
import { commonGrants } from "../../desired/listed-grants.ts";
import { isEqual, ownEntry } from "../../values/properties.ts";
import type { DefaultPrivileges } from "./kind.ts";

/** Whether the entry grants only what PostgreSQL, or the platform in every project, grants. */
export function isAsMade(entry: DefaultPrivileges): boolean {
  const { owner, schema, objects, grants } = entry;
  const builtIn = builtInGrants(objects, schema);
  const isUsual = (role: string, privilege: string) =>
    ownEntry(builtIn, role)?.includes(privilege) === true ||
    isUsualDefault({ owner, schema, objects, privileges: [] }, privilege);
  return (
    isEqual(commonGrants(grants, builtIn), builtIn) &&
    Object.entries(grants).every(([role, privileges]) => privileges.every((privilege) => isUsual(role, privilege)))
  );
}
