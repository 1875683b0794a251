import { withRole } from "../../access/reach/overlay.ts";
import type { RequestRole } from "../../access/reach/reachable.ts";
import type { Catalog, Server } from "../../catalog/catalog.ts";
import { select } from "../../catalog/part.ts";
import { probeRole } from "../../catalog/probes/role.ts";
import { type RoleRow, roles } from "../../catalog/roles.ts";
import { InputError, missingObject, type Problem } from "../../errors/errors.ts";
import { nameIdOf } from "../../lifecycle/import-id.ts";
import type { Kind } from "../../lifecycle/kind.ts";
import type { Operation } from "../../lifecycle/operation.ts";
import { formatName } from "../../sql/names.ts";
import { nameProblem, quoteIdentifier, textProblem } from "../../sql/quote.ts";
import { ownEntry, type Properties } from "../../values/properties.ts";
import { adoptable } from "./adopt.ts";
import { roleArgs, roleDefaults } from "./args.ts";
import { isAsMade } from "./as-made.ts";
import { roleContradictions } from "./contradictions.ts";
import {
  type Memberships,
  membershipProblems,
  normaliseMemberships,
  othersGrants,
  planMemberships,
  readMemberships,
  undeclaredBy,
} from "./memberships.ts";
import { planRole, type Step } from "./plan.ts";
import { inheritsByDefault, isPlatformMembership, reservedRoleProblem } from "./platform-roles.ts";
import { tryChanges } from "./probe.ts";
import { normaliseSetting, readSettings, type Settings, settingProblem } from "./settings.ts";
import { isShared } from "./shared-roles.ts";
import { describeUses, readRoleUses } from "./users.ts";
import { normaliseTime } from "./valid-until.ts";

/** For the platform's roles, only some of the properties can be declared. */
export type Role = Properties & {
  readonly name: string;
  readonly login?: boolean;
  readonly inherit?: boolean;
  readonly createDatabase?: boolean;
  readonly createRole?: boolean;
  readonly bypassRowLevelSecurity?: boolean;
  readonly replication?: boolean;
  readonly connectionLimit?: number;
  readonly validUntil?: string;
  readonly memberOf?: Memberships;
  readonly settings?: Settings;
  /** Live only; it can't be declared. */
  readonly superuser?: true;
  readonly databaseSettings?: Settings;
};

/** @see https://www.postgresql.org/docs/current/user-manag.html */
export const role: Kind<Role, typeof roleArgs> = {
  name: "Role",
  description: "A role with its attributes, its memberships and the settings of its sessions.",
  input: roleArgs,
  replaceOn: ["name"],
  isNamedAfterResource: true,
  derived: ["superuser", "databaseSettings"],
  liveOnly: ["databaseSettings"],

  async normalise({ name, memberOf, settings, validUntil, ...declared }, { server }) {
    const until = validUntil === undefined ? undefined : normaliseTime(validUntil);
    const inherits = declared.inherit ?? inheritsByDefault(name);
    const wrongName = nameProblem(name) ?? reservedRoleProblem(name);
    const problems: Problem[] = [
      ...(wrongName === undefined ? [] : [{ path: ["name"], message: wrongName }]),
      ...(isShared(name) ? attributeProblems(name, { ...declared, validUntil }) : []),
      ...(validUntil !== undefined && until === undefined
        ? [
            {
              path: ["validUntil"],
              message: "write an existing day or a time with its zone, such as 2027-01-01T12:00:00Z",
            },
          ]
        : []),
      ...settingProblems(settings ?? {}),
      ...membershipProblems(name, memberOf ?? [], inherits, server.version),
    ];
    if (problems.length > 0) return problems;
    const listed = normaliseMemberships(memberOf ?? [], inherits, server.version);
    const set = Object.entries(settings ?? {}).map(([key, value]) => {
      const setting = key.toLowerCase();
      return [setting, normaliseSetting(setting, value)] as const;
    });
    const more = {
      ...(memberOf === undefined ? {} : { memberOf: listed }),
      ...(settings === undefined
        ? {}
        : { settings: Object.fromEntries(set.sort(([left], [right]) => (left < right ? -1 : 1))) }),
    };
    if (isShared(name)) return { name, ...more };
    const given = Object.fromEntries(Object.entries(declared).filter(([, value]) => value !== undefined));
    return { name, ...roleDefaults, ...given, ...(until === undefined ? {} : { validUntil: until }), ...more };
  },

  identify: ({ name }) => name,
  adoptable,
  importId: importedRole,
  claims: ({ name }) => [{ on: `role ${name}`, description: `the role ${name}` }],
  roles: ({ memberOf = {} }) => ({ memberOf: Object.keys(memberOf) }),
  reachAfter: (reachable, args, becomes) =>
    becomes === "removed" && !isShared(args.name)
      ? withRole(reachable, args.name, undefined)
      : withRole(reachable, args.name, (before) => roleAfter(args, becomes === "removed", before)),
  answersFor: (args) => [
    { kind: "role", id: args.name },
    ...Object.keys(args.memberOf ?? {}).map((held) => ({
      kind: "membership" as const,
      id: `${args.name} in ${held}`,
    })),
    ...Object.entries(reachingAttributes).flatMap(([property, word]) =>
      args[property] === true ? [{ kind: "attribute" as const, id: `${args.name} ${word}` }] : [],
    ),
  ],
  texts: () => [],
  probes: ({ memberOf = {} }) => Object.keys(memberOf).map((held) => probeRole(["memberOf", held], held)),
  assumptions: ({ name }) => [`create role ${quoteIdentifier(name)}`],
  reads: [roles],
  scope: (id) => [select(roles, [id])],
  find(catalog, id) {
    const row = catalog.of(roles).get(id);
    return row && roleOf(row);
  },
  relate(live, declared) {
    if (!isShared(live.name)) return live;
    // On import, only memberships that people added are taken: the settings of such a role may be the platform's.
    const told = Object.keys(declared ?? { name: "", memberOf: {} });
    const isTold = (key: string) => told.includes(key === "databaseSettings" ? "settings" : key);
    return Object.fromEntries(Object.entries(live).filter(([key]) => isTold(key))) as Role;
  },

  async inspect({ live, desired, operation }) {
    const { name } = desired;
    if (live === undefined && isShared(name))
      throw new InputError({
        path: ["name"],
        message: `the platform makes the role ${name}, and this database has none`,
      });
    const catalog = await operation.snapshot();
    const steps = planRole(live, desired);
    const problems = [
      ...foreignGrants(catalog, desired),
      ...(steps.length === 0 ? [] : await refusals(steps, operation, catalog.server)),
    ];
    if (problems.length > 0) throw new InputError(problems);
  },
  isUntouched: isAsMade,
  passedOn: (catalog, id, desired) =>
    desired?.memberOf === undefined
      ? []
      : othersGrants(id, catalog.of(roles).get(id)?.memberships ?? [], desired.memberOf, catalog.server.user),

  plan: (live, desired) => planRole(live, desired).map(({ statement }) => statement),

  contradictions: (effects, { id, inputs }) => roleContradictions(effects, id, inputs),

  async obstacles({ name }, { session }) {
    if (isShared(name)) return [];
    // Other mentions of the role, such as grants to it, may be declared for its successor by now. They are checked when
    // its turn comes.
    const { owned } = await readRoleUses(name, session);
    return owned.length === 0 ? [] : [`${describeUses({ owned, named: [] })}. ${adviceOn(name)}`];
  },
  async retain(live, { declared, session, existedBefore, isReplaced, server }) {
    const { name } = live;
    if (existedBefore || isShared(name)) {
      const whose = isShared(name)
        ? "the platform makes this role, and the stack never drops it"
        : "it was there before the stack";
      const statements = endMemberships(live, declared.memberOf, server);
      const ended = statements.length === 0 ? "" : ". Its declared memberships are ended";
      return { severity: "info", reason: whose + ended, statements };
    }
    const uses = await readRoleUses(name, session);
    if (uses.owned.length + uses.named.length === 0) return undefined;
    const reason = `${describeUses(uses)}. ${adviceOn(name)}`;
    if (isReplaced) return { severity: "warning", reason, statements: [] };
    throw new InputError(`the role ${name} can't be dropped: ${reason}`);
  },
  remove: ({ name }) => [`drop role ${quoteIdentifier(name)}`],
};

/** For a platform role, properties that are not declared stay as they were. */
function roleAfter(args: Role, isRemoved: boolean, before: RequestRole): Partial<RequestRole> {
  const { memberOf } = args;
  const inherits = args.inherit ?? inheritsByDefault(args.name);
  const declared = Object.entries(memberOf ?? {}).map(([held, { inherit = inherits, set = true }]) => ({
    role: held,
    inherits: inherit,
    sets: set,
  }));
  const isKept = ({ role: held }: { readonly role: string }) =>
    isPlatformMembership(args.name, held) || ownEntry(memberOf, held) === undefined;
  return {
    memberships: isRemoved ? before.memberships.filter(isKept) : memberOf === undefined ? before.memberships : declared,
    logsIn: args.login ?? before.logsIn,
    bypassesRowSecurity: args.bypassRowLevelSecurity ?? before.bypassesRowSecurity,
    createsRoles: args.createRole ?? before.createsRoles,
    createsDatabases: args.createDatabase ?? before.createsDatabases,
    replicates: args.replication ?? before.replicates,
  };
}

/** Attributes that give requests access, by the names that `reach` uses. */
const reachingAttributes: Readonly<Record<string, string>> = {
  login: "LOGIN",
  createDatabase: "CREATEDB",
  createRole: "CREATEROLE",
  bypassRowLevelSecurity: "BYPASSRLS",
  replication: "REPLICATION",
};

function roleOf({ memberships, settings, databaseSettings, superuser, ...attributes }: RoleRow): Role {
  return {
    ...attributes,
    memberOf: readMemberships(memberships),
    settings: readSettings(settings),
    ...(superuser ? { superuser } : {}),
    ...(databaseSettings.length === 0 ? {} : { databaseSettings: readSettings(databaseSettings) }),
  };
}

function importedRole(spelling: string, catalog: Catalog): string {
  const all = catalog.of(roles);
  const id = nameIdOf(spelling, all.keys(), "the role");
  if (all.get(id)?.superuser === true)
    throw new InputError(`${id} is a superuser, which no resource declares; a hosted project lets nobody change it`);
  return id;
}

function attributeProblems(name: string, declared: { readonly [property: string]: unknown }): Problem[] {
  return Object.entries(declared).flatMap(([property, value]) =>
    value === undefined
      ? []
      : [
          {
            path: [property],
            message: `the platform makes the role ${name}, and a hosted project refuses changes of its attributes. Leave it out; memberOf and settings may be declared`,
          },
        ],
  );
}

function settingProblems(settings: { readonly [name: string]: unknown }): Problem[] {
  const names = Object.keys(settings).map((name) => name.toLowerCase());
  return Object.entries(settings).flatMap(([name, value]) => {
    const message =
      settingProblem(name) ??
      (names.indexOf(name.toLowerCase()) === names.lastIndexOf(name.toLowerCase())
        ? undefined
        : "it is set twice, in two spellings; set it once") ??
      [value]
        .flat()
        .map((text) => textProblem(String(text)))
        .find((problem) => problem !== undefined);
    return message === undefined ? [] : [{ path: ["settings", name], message }];
  });
}

/** Memberships granted by others, which the deploying role can't revoke. */
function foreignGrants(catalog: Catalog, { name, memberOf }: Role): Problem[] {
  const { actsAs, isSuperuser } = catalog.server;
  const rows = catalog.of(roles).get(name)?.memberships ?? [];
  if (memberOf === undefined || isSuperuser || catalog.server.version < 160_000) return [];
  return undeclaredBy(rows, memberOf)
    .filter(({ grantor }) => !actsAs.includes(grantor))
    .map(({ role: held, grantor }) => ({
      path: ["memberOf", held],
      message: `${grantor} made ${name} a member of ${held}, and only that role may end it. Have ${grantor} run "revoke ${formatName(held)} from ${formatName(name)}", or declare the membership`,
    }));
}

/**
 * What the server refuses of the change. A missing role is left out: it may be declared, or created by a migration, and
 * is reported elsewhere.
 */
async function refusals(steps: readonly Step[], operation: Operation, { user }: Server): Promise<Problem[]> {
  const [answer] = await operation.questions.ask([tryChanges(steps)]);
  if (answer === undefined) return [];
  if (!answer.ok) return [{ path: [], message: answer.message }];
  return answer.found.flatMap(({ index, message, sqlState }) => {
    const { path = [], statement = "" } = steps[index] ?? {};
    if (path[0] === "memberOf" && missingObject.includes(sqlState)) return [];
    const advice =
      sqlState === "42501" ? `. ${user} may not do this; have a role that may run "${statement}", or leave it out` : "";
    return [{ path, message: message + advice }];
  });
}

/** Ends the live memberships that are declared; any other membership belongs to somebody else. */
function endMemberships(
  { name, memberOf = {} }: Role,
  declared: Role["memberOf"],
  { user }: Server,
): readonly string[] {
  const ending = Object.entries(memberOf).filter(
    ([held]) => ownEntry(declared, held) !== undefined && !isPlatformMembership(name, held),
  );
  return name === user ? [] : planMemberships(name, Object.fromEntries(ending), {}).map(([, statement]) => statement);
}

function adviceOn(name: string): string {
  const id = formatName(name);
  return `Give what it owns to another role ("reassign owned by ${id} to …"), then end its privileges ("drop owned by ${id}"), in each database`;
}
