import { actsAsOwner, type Roles, rightsOf } from "../../access/roles.ts";
import { ownEntry } from "../../values/properties.ts";
import type { TableAccess } from "./kind.ts";

/** A fact about what a role may do beside reading and writing rows through policies. */
interface Ability {
  /** In the sentence's middle: `truncate`, `the grant option for select, update`. */
  readonly name: string;
  /** What it means, after a colon. */
  readonly detail: string;
  /** Whether it gets its holder past the policies. */
  readonly passesPolicies: boolean;
}

const grantOption = " with grant option";

/** No policy is asked about these. MAINTAIN is there from PostgreSQL 17 on, so an owner is said to have it only where a grant does. */
const privileges: readonly Ability[] = [
  { name: "truncate", detail: "every row, whatever the policies say", passesPolicies: true },
  { name: "trigger", detail: "its triggers run with the rights of whoever writes", passesPolicies: true },
  {
    name: "references",
    detail: "a foreign key tells which keys exist, whatever the policies say",
    passesPolicies: false,
  },
  { name: "maintain", detail: "VACUUM, ANALYZE, REINDEX, and locks against everybody", passesPolicies: false },
];

/** What of this a role has in one state of the table and not in the other, a privilege's columns included. */
export function abilitiesBetween(
  role: string,
  from: TableAccess,
  to: TableAccess,
  roles: Roles,
): { readonly lost: readonly Ability[]; readonly gained: readonly Ability[] } {
  const [before, after] = [holdingsOf(role, from, roles), holdingsOf(role, to, roles)];
  return { lost: missingIn(after, before), gained: missingIn(before, after) };
}

interface Holdings {
  readonly isOwner: boolean;
  /** Each privilege, with the option to grant it as one of its own, and its columns; true is the whole table. */
  readonly held: ReadonlyMap<string, true | readonly string[]>;
}

function holdingsOf(role: string, { owner, grants }: TableAccess, roles: Roles): Holdings {
  const held = new Map<string, true | readonly string[]>();
  for (const name of rightsOf(role, roles)) {
    for (const [key, targets] of Object.entries(ownEntry(grants, name) ?? {})) {
      const privilege = key.replace(grantOption, "");
      for (const each of new Set([privilege, key])) held.set(each, joined(held.get(each), targets));
    }
  }
  return { isOwner: actsAsOwner(role, owner, roles), held };
}

function joined(
  known: true | readonly string[] = [],
  more: true | readonly (true | string)[],
): true | readonly string[] {
  if (known === true || more === true || more.includes(true)) return true;
  return [...new Set([...known, ...(more as readonly string[])])].sort();
}

/** What `other` has beyond `one`. */
function missingIn(one: Holdings, other: Holdings): readonly Ability[] {
  if (one.isOwner) return [];
  const beyond = privileges.flatMap((ability): Ability[] => {
    const isHeld = other.isOwner && ability.name !== "maintain";
    const columns = columnsBeyond(one.held.get(ability.name), isHeld ? true : other.held.get(ability.name));
    return columns === undefined ? [] : [{ ...ability, name: ability.name + columns }];
  });
  if (other.isOwner) {
    const also = beyond.map(({ name }) => `, ${name}`).join("");
    const detail = `altering and dropping the table, its policies and row-level security, granting on it${also}`;
    return [{ name: "an owner's rights", detail, passesPolicies: true }];
  }
  const grantable = [...other.held].flatMap(([key, held]) => {
    const columns = key.endsWith(grantOption) ? columnsBeyond(one.held.get(key), held) : undefined;
    return columns === undefined ? [] : [key.replace(grantOption, "") + columns];
  });
  if (grantable.length === 0) return beyond;
  const name = `the grant option for ${grantable.sort().join(", ")}`;
  return [...beyond, { name, detail: "granting it to any role", passesPolicies: false }];
}

/** The columns that are held beyond others, to be written after a privilege: empty is the whole table, undefined none. */
function columnsBeyond(
  one: true | readonly string[] | undefined = [],
  other: true | readonly string[] | undefined = [],
): string | undefined {
  if (one === true) return undefined;
  if (other === true) return "";
  const beyond = other.filter((column) => !one.includes(column));
  return beyond.length === 0 ? undefined : ` (columns ${beyond.join(", ")})`;
}
