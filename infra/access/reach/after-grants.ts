import { builtInGrants } from "../../desired/default-privileges.ts";
import type { Effect } from "../effects/effect.ts";
import { allPrivileges } from "../effects/judge-grants.ts";
import { privilegeOf } from "./overlay.ts";
import type { DefaultPrivilege, Privilege, Reachable } from "./reachable.ts";

/** The privileges after a GRANT or REVOKE. */
export function granted(privileges: readonly Privilege[], effect: Effect): readonly Privilege[] {
  if (effect.does !== "grants" && effect.does !== "revokes") return privileges;
  const all = allPrivileges[effect.target.kind];
  // ALL also revokes privileges that only newer servers have.
  if (effect.does === "revokes" && effect.privileges === undefined && !effect.withGrantOption) {
    return privileges.filter(({ role }) => !effect.roles.includes(role));
  }
  const named = effect.privileges ?? all.map((name) => ({ name }));
  return named.reduce((known, { name, ...rest }) => {
    const columns = "columns" in rest ? rest.columns : undefined;
    const names = name === "all" ? all : [name];
    if (effect.does === "revokes" && effect.withGrantOption) return withoutOption(known, effect.roles, names);
    const given = applyGrant(known, effect.does === "grants", effect.roles, names, columns);
    return effect.does === "grants" && effect.withGrantOption
      ? given.map((held) => (known.includes(held) ? held : { ...held, isGrantable: true }))
      : given;
  }, privileges);
}

/** The privileges after REVOKE GRANT OPTION FOR, which keeps the privileges themselves. */
function withoutOption(
  before: readonly Privilege[],
  roles: readonly string[],
  names: readonly string[],
): readonly Privilege[] {
  return before.map((held) => {
    const { isGrantable, ...rest } = held;
    return isGrantable && roles.includes(held.role) && names.includes(held.privilege) ? rest : held;
  });
}

export function applyGrant(
  before: readonly Privilege[],
  isGrant: boolean,
  roles: readonly string[],
  names: readonly string[],
  columns?: readonly string[],
): readonly Privilege[] {
  const isMeant = ({ role, privilege, column }: Privilege) =>
    roles.includes(role) &&
    names.includes(privilege) &&
    (columns === undefined || (column !== undefined && columns.includes(column)));
  if (!isGrant) return before.filter((held) => !isMeant(held));
  const parts: readonly (string | undefined)[] = columns ?? [undefined];
  const given = roles.flatMap((role) =>
    names.flatMap((privilege) =>
      parts.map((column): Privilege => ({ role, privilege, ...(column === undefined ? {} : { column }) })),
    ),
  );
  return [...before, ...given];
}

export function expand(names: readonly string[] | undefined, all: readonly string[]): readonly string[] {
  return (names ?? all).flatMap((name) => (name === "all" ? all : [name]));
}

/** What default privileges grant on a new object. Its owner has every privilege without them. */
export function givenTo(
  { defaultPrivileges }: Reachable,
  objects: "tables" | "sequences" | "functions",
  schema: string,
  owner: string,
): readonly Privilege[] {
  const entries = defaultPrivileges.filter((entry) => entry.owner === owner && entry.objects === objects);
  const everywhere =
    entries.find((entry) => entry.schema === undefined)?.privileges ?? builtInPrivileges(objects, undefined);
  return [...everywhere, ...entries.filter((entry) => entry.schema === schema).flatMap(({ privileges }) => privileges)];
}

/** What PostgreSQL grants on new objects unless default privileges say otherwise. */
export function builtInPrivileges(
  objects: DefaultPrivilege["objects"],
  schema: string | undefined,
): readonly Privilege[] {
  return Object.entries(builtInGrants(objects, schema)).flatMap(([role, list]) =>
    list.map((written) => privilegeOf(role, written)),
  );
}
