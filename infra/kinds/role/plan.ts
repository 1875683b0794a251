import { quoteIdentifier, quoteLiteral } from "../../sql/quote.ts";
import { isEqual, ownEntry, type Path } from "../../values/properties.ts";
import { roleDefaults } from "./args.ts";
import type { Role } from "./kind.ts";
import { planMemberships } from "./memberships.ts";
import { quoteSetting, type Settings, writeSetting } from "./settings.ts";

/** A statement, with the property that it sets. */
export interface Step {
  readonly path: Path;
  readonly statement: string;
}

/** The boolean attributes by their names in PostgreSQL. */
const flags = {
  login: "login",
  inherit: "inherit",
  createDatabase: "createdb",
  createRole: "createrole",
  bypassRowLevelSecurity: "bypassrls",
  replication: "replication",
} as const;

/** The statements that lead from one state to another. Undeclared properties stay as they are. */
export function planRole(live: Role | undefined, desired: Role): readonly Step[] {
  const name = quoteIdentifier(desired.name);
  const before: Role = live ?? { name: desired.name, ...roleDefaults };
  const alter = (path: string, change: string): Step => ({ path: [path], statement: `alter role ${name} ${change}` });
  const create = live === undefined ? [{ path: [], statement: `create role ${name}` }] : [];
  const attributes = Object.entries(flags).flatMap(([property, word]) => {
    const wanted = desired[property as keyof typeof flags];
    const isSame = wanted === undefined || wanted === before[property as keyof typeof flags];
    return isSame ? [] : [alter(property, `${wanted ? "" : "no"}${word}`)];
  });
  const limit = desired.connectionLimit ?? before.connectionLimit ?? -1;
  const isOwn = desired.login !== undefined;
  return [
    ...create,
    ...(before.superuser ? [alter("superuser", "nosuperuser")] : []),
    ...attributes,
    ...(limit === (before.connectionLimit ?? -1) ? [] : [alter("connectionLimit", `connection limit ${limit}`)]),
    ...(!isOwn || desired.validUntil === before.validUntil
      ? []
      : [alter("validUntil", `valid until ${quoteLiteral(desired.validUntil ?? "infinity")}`)]),
    ...(desired.settings === undefined
      ? []
      : [...resetAll(name, before.databaseSettings), ...planSettings(name, before.settings ?? {}, desired.settings)]),
    ...(desired.memberOf === undefined
      ? []
      : planMemberships(desired.name, before.memberOf ?? {}, desired.memberOf).map(([role, statement]) => ({
          path: ["memberOf", role],
          statement,
        }))),
  ];
}

function planSettings(name: string, live: Settings, desired: Settings): readonly Step[] {
  return Object.keys({ ...live, ...desired }).flatMap((setting): readonly Step[] => {
    const wanted = ownEntry(desired, setting);
    const path = ["settings", setting];
    if (wanted === undefined) return [{ path, statement: `alter role ${name} reset ${quoteSetting(setting)}` }];
    return isEqual(ownEntry(live, setting), wanted)
      ? []
      : [{ path, statement: `alter role ${name} set ${writeSetting(setting, wanted)}` }];
  });
}

/** A setting for one database needs that database's name, which only a DO block can insert. */
function resetAll(name: string, settings: Settings = {}): readonly Step[] {
  if (Object.keys(settings).length === 0) return [];
  const reset = `pg_catalog.format('alter role %s in database %I reset all', ${quoteLiteral(name)}, pg_catalog.current_database())`;
  return [{ path: ["databaseSettings"], statement: `do ${quoteLiteral(`begin execute ${reset}; end`)}` }];
}
