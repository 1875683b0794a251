import { grantOption } from "../../desired/grants.ts";
import { formatName } from "../../sql/names.ts";
import { ownEntry } from "../../values/properties.ts";
import type { Contradiction, Effect } from "./effect.ts";

/** What a privilege is held on: the whole object, columns, or both. */
type Held = true | readonly (true | string)[];
type Declared = { readonly [role: string]: { readonly [privilege: string]: Held } };
type GrantEffect = Extract<Effect, { does: "grants" | "revokes" }>;

/**
 * The privileges that ALL stands for. MAINTAIN is left out because servers before 17 don't have it; it counts only if a
 * script names it, and if ALL grants it, the catalog shows that later.
 */
export const allPrivileges: Readonly<Record<Effect["target"]["kind"], readonly string[]>> = {
  table: ["select", "insert", "update", "delete", "truncate", "references", "trigger"],
  "tables in schema": ["select", "insert", "update", "delete", "truncate", "references", "trigger"],
  function: ["execute"],
  "functions in schema": ["execute"],
  schema: ["usage", "create"],
  sequence: ["usage", "select", "update"],
  "sequences in schema": ["usage", "select", "update"],
  publication: [],
  "default privileges": [],
  bucket: [],
  role: [],
};
const allOnColumns = ["select", "insert", "update", "references"];

/** The grants and revokes that contradict a declaration. If several concern the same privilege, the last one counts. */
export function judgeGrants(
  effects: readonly Effect[],
  object: string,
  owner: string,
  declared: Declared,
): readonly Contradiction[] {
  const last = new Map<string, GrantEffect>();
  for (const effect of effects) {
    if (effect.does !== "grants" && effect.does !== "revokes") continue;
    for (const { role, name, column } of rightsOf(effect)) {
      if (effect.does === "revokes" && column === undefined && !effect.withGrantOption) {
        // Revoking a privilege on the whole table also revokes it on every column.
        for (const key of last.keys()) if (key.startsWith(keyOf(role, name, ""))) last.delete(key);
      }
      last.set(keyOf(role, name, column), effect);
    }
  }
  return effects.flatMap((effect) => {
    if (effect.does !== "grants" && effect.does !== "revokes") return [];
    const wrong = rightsOf(effect).filter(
      ({ role, name, column }) =>
        role !== owner &&
        last.get(keyOf(role, name, column)) === effect &&
        !isAsDeclared(effect, ownEntry(declared, role), name, column),
    );
    return wrong.length === 0 ? [] : [describe(effect, object, wrong)];
  });
}

export function judgeOwner(effects: readonly Effect[], object: string, owner: string): readonly Contradiction[] {
  const last = effects.findLast((effect) => effect.does === "gives to");
  if (last?.does !== "gives to" || last.owner === owner) return [];
  const action = `makes ${formatName(last.owner)} the owner of ${object}`;
  const declared = `declares as ${formatName(owner)}'s`;
  return [{ migration: last.migration, action, declared, remedy: "gives it back", opens: true }];
}

interface Right {
  readonly role: string;
  readonly name: string;
  readonly column: string | undefined;
}

function rightsOf({ roles, target, privileges = [{ name: "all" }] }: GrantEffect): readonly Right[] {
  return roles.flatMap((role) =>
    privileges.flatMap(({ name, columns }): Right[] => {
      const all = columns === undefined ? allPrivileges[target.kind] : allOnColumns;
      const names = name === "all" ? all : [name.toLowerCase()];
      return names.flatMap((each) => (columns ?? [undefined]).map((column) => ({ role, name: each, column })));
    }),
  );
}

function isAsDeclared(
  { does, withGrantOption }: GrantEffect,
  privileges: Declared[string] | undefined,
  name: string,
  column: string | undefined,
): boolean {
  const canHandOn = ownEntry(privileges, name + grantOption);
  const held = ownEntry(privileges, name) ?? canHandOn;
  if (does === "grants") return covers(withGrantOption ? canHandOn : held, column);
  const taken = withGrantOption ? canHandOn : held;
  // Revoking a privilege on a column does not affect a privilege on the whole table.
  return taken === undefined || (column !== undefined && (taken === true || !taken.includes(column)));
}

function covers(held: Held | undefined, column: string | undefined): boolean {
  return held === true || held?.includes(column ?? true) === true || held?.includes(true) === true;
}

function describe(effect: GrantEffect, object: string, wrong: readonly Right[]): Contradiction {
  const { migration, does, withGrantOption } = effect;
  const isAll = effect.privileges === undefined && wrong.length === rightsOf(effect).length;
  const privileges = isAll
    ? ["all"]
    : wrong.map(({ name, column }) => (column === undefined ? name : `${name} (${formatName(column)})`));
  const roles = [...new Set(wrong.map(({ role }) => (role === "public" ? "public" : formatName(role))))].join(", ");
  const rights = [...new Set(privileges)].join(", ");
  return does === "grants"
    ? {
        migration,
        action: `grants ${rights} on ${object} to ${roles}${withGrantOption ? grantOption : ""}`,
        declared: "does not declare",
        remedy: "takes it back",
        opens: true,
      }
    : {
        migration,
        action: `revokes ${withGrantOption ? "the grant option for " : ""}${rights} on ${object} from ${roles}`,
        declared: "declares",
        remedy: "grants it again",
        opens: false,
      };
}

function keyOf(role: string, name: string, column: string | undefined): string {
  return JSON.stringify([role, name]) + (column === undefined ? "" : ` ${column}`);
}
