import { judgeGrants } from "../../access/effects/judge-grants.ts";
import { defaultOf } from "../../access/reach/find-rest.ts";
import { privilegeOf, withDefaultPrivileges } from "../../access/reach/overlay.ts";
import { select } from "../../catalog/part.ts";
import { probeRole } from "../../catalog/probes/role.ts";
import { probeSchema } from "../../catalog/probes/schema.ts";
import { roles } from "../../catalog/roles.ts";
import { schemas } from "../../catalog/schemas.ts";
import { builtInGrants, formatEntry, privilegesOn } from "../../desired/default-privileges.ts";
import { grantOption } from "../../desired/grants.ts";
import {
  commonGrants,
  type ListedGrants,
  normaliseListedGrants,
  readPrivileges,
  toGrants,
} from "../../desired/listed-grants.ts";
import { InputError, type Problem } from "../../errors/errors.ts";
import type { Kind } from "../../lifecycle/kind.ts";
import { formatName } from "../../sql/names.ts";
import { nameProblem, quoteIdentifier, quoteRole } from "../../sql/quote.ts";
import type { Properties } from "../../values/properties.ts";
import { adoptable } from "./adopt.ts";
import { defaultPrivilegesArgs } from "./args.ts";
import { isAsMade } from "./as-made.ts";
import { defaultPrivileges as entries } from "./catalog.ts";
import { entryId, parseEntry } from "./import-id.ts";

export type DefaultPrivileges = Properties & {
  readonly owner: string;
  readonly schema?: string;
  readonly objects: "tables" | "sequences" | "functions" | "types" | "schemas";
  readonly grants: ListedGrants;
};

/** @see https://www.postgresql.org/docs/current/sql-alterdefaultprivileges.html */
export const defaultPrivileges: Kind<DefaultPrivileges, typeof defaultPrivilegesArgs> = {
  name: "DefaultPrivileges",
  description: "Who gets which privileges on objects that a role makes from now on.",
  input: defaultPrivilegesArgs,
  replaceOn: ["owner", "schema", "objects"],

  async normalise({ owner, schema, objects, grants }, { server }) {
    const all = privilegesOn(objects, server.version);
    const named = { owner: owner ?? server.user, ...(schema === undefined ? {} : { schema }), objects };
    const listed = Object.entries(grants).map(
      ([role, privileges]) =>
        [role, privileges === "all" ? all : privileges.map((each) => each.toLowerCase())] as const,
    );
    const problems: Problem[] = [
      ...(["owner", "schema"] as const).flatMap((property) => {
        const message = named[property] === undefined ? undefined : nameProblem(named[property]);
        return message === undefined ? [] : [{ path: [property], message }];
      }),
      ...(objects === "schemas" && schema !== undefined
        ? [{ path: ["schema"], message: "a schema is in no other schema; leave it out" }]
        : []),
      ...listed.flatMap(([role, privileges]) => grantProblems(role, privileges, objects, all, named.owner)),
    ];
    return problems.length > 0 ? problems : { ...named, grants: normaliseListedGrants(Object.fromEntries(listed)) };
  },

  identify: formatEntry,
  adoptable,
  importId: (id, catalog) => entryId(id, catalog.of(roles).keys(), catalog),
  claims: (args) => [{ on: `default privileges ${formatEntry(args)}`, description: describe(args) }],
  roles: ({ owner, grants }) => ({ recipients: [owner, ...Object.keys(grants)] }),
  reachAfter: (reachable, { owner, schema, objects, grants }, becomes) => {
    const left = becomes === "removed" ? commonGrants(grants, builtInGrants(objects, schema)) : grants;
    const privileges = Object.entries(left).flatMap(([role, list]) =>
      list.map((written) => privilegeOf(role, written)),
    );
    return withDefaultPrivileges(reachable, { owner, schema, objects, privileges });
  },
  answersFor: (entry) => [defaultOf(entry)],
  texts: () => [],
  probes: ({ owner, schema, grants }) => [
    probeRole(["owner"], owner),
    ...(schema === undefined ? [] : [probeSchema(["schema"], schema)]),
    ...Object.keys(grants).map((role) => probeRole(["grants", role], role)),
  ],
  contradictions(effects, { id, inputs: { owner, objects, grants } }) {
    // MAINTAIN is ignored here and checked against the catalog afterwards: earlier servers don't have it.
    const own = effects.flatMap((effect) => {
      if (effect.does !== "grants by default" && effect.does !== "revokes by default") return [];
      const { migration, target, roles: named, privileges = privilegesOn(objects, 0) } = effect;
      if (target.kind !== "default privileges" || formatEntry(target) !== id) return [];
      const does = effect.does === "grants by default" ? ("grants" as const) : ("revokes" as const);
      const names = privileges.map((name) => ({ name }));
      return [{ migration, target, does, roles: named, privileges: names, withGrantOption: false }];
    });
    return judgeGrants(own, `the default privileges ${id}`, owner, toGrants(grants));
  },
  reads: [entries, roles, schemas],
  scope: (id) => [select(entries, [parseEntry(id).owner])],
  /** Without an entry, PostgreSQL's built-in privileges apply. */
  find(catalog, id) {
    const { owner, schema, objects } = parseEntry(id);
    const row = catalog.of(entries).find((each) => formatEntry(each) === id);
    const grants = row === undefined ? builtInGrants(objects, schema) : normaliseListedGrants(row.grants);
    return { owner, ...(schema === undefined ? {} : { schema }), objects, grants } as DefaultPrivileges;
  },
  isUntouched: isAsMade,

  async inspect({ desired, operation }) {
    const { user, actsAs, isSuperuser } = (await operation.snapshot()).server;
    const { owner } = desired;
    const isThere = (await operation.snapshot()).of(roles).has(owner);
    if (!isThere || isSuperuser || actsAs.includes(owner)) return;
    throw new InputError({
      path: ["owner"],
      message: `${user} may not act as ${owner}, and only ${owner} decides about objects that it makes. Declare those of ${user}, run "grant ${formatName(owner)} to ${formatName(user)}" first, or have ${owner} run the statement`,
    });
  },

  plan: (live, desired) =>
    planGrants(desired, live?.grants ?? builtInGrants(desired.objects, desired.schema), desired.grants),
  /**
   * PostgreSQL's built-in grants are restored only as far as they were declared, so that the result is never more open.
   */
  remove: (live) => planGrants(live, live.grants, commonGrants(live.grants, builtInGrants(live.objects, live.schema))),
};

function grantProblems(
  role: string,
  privileges: readonly string[],
  objects: string,
  all: readonly string[],
  owner: string,
): Problem[] {
  const path = ["grants", role];
  const wrong = nameProblem(role);
  if (wrong !== undefined) return [{ path, message: wrong }];
  if (role === owner)
    return [{ path, message: `${role} is the owner and may do everything already; leave its grants out` }];
  return privileges.flatMap((privilege) => {
    const name = privilege.replace(grantOption, "");
    if (!all.includes(name))
      return [
        { path, message: `there is no privilege ${JSON.stringify(name)} on ${objects}; there are ${all.join(", ")}` },
      ];
    const isHandedOn = role === "public" && privilege !== name;
    return isHandedOn ? [{ path, message: "everybody can't hand a privilege on; name the roles that may" }] : [];
  });
}

function planGrants(
  { owner, schema, objects }: DefaultPrivileges,
  live: ListedGrants,
  desired: ListedGrants,
): string[] {
  const place = schema === undefined ? "" : ` in schema ${quoteIdentifier(schema)}`;
  const alter = `alter default privileges for role ${quoteIdentifier(owner)}${place}`;
  return Object.keys({ ...live, ...desired }).flatMap((role) => {
    const [before, after] = [readPrivileges(live, role), readPrivileges(desired, role)];
    const change = (does: string, names: readonly string[], direction: string, option = "") =>
      names.length === 0
        ? []
        : [`${alter} ${does} ${names.join(", ")} on ${objects} ${direction} ${quoteRole(role)}${option}`];
    const gone = [...before.keys()].filter((name) => !after.has(name));
    const narrowed = [...before].flatMap(([name, isGrantable]) =>
      isGrantable && after.get(name) === false ? [name] : [],
    );
    const added = (isGrantable: boolean) =>
      [...after].flatMap(([name, option]) =>
        option === isGrantable && !(before.has(name) && (before.get(name) === option || !isGrantable)) ? [name] : [],
      );
    return [
      ...change("revoke", gone, "from"),
      ...change("revoke grant option for", narrowed, "from"),
      ...change("grant", added(false), "to"),
      ...change("grant", added(true), "to", grantOption),
    ];
  });
}

function describe({ owner, schema, objects }: DefaultPrivileges): string {
  return `the default privileges on ${objects} of ${owner}${schema === undefined ? "" : ` in ${schema}`}`;
}
