import type { Server } from "../catalog/catalog.ts";
import type { Grant, GrantedRelation, PassedOnGrant } from "../catalog/grants.ts";
import type { Probe } from "../catalog/probe.ts";
import { probeColumn } from "../catalog/probes/column.ts";
import { probeRole } from "../catalog/probes/role.ts";
import type { Problem } from "../errors/errors.ts";
import { nameProblem, type QualifiedName, quoteIdentifier, quoteQualified, quoteRole } from "../sql/quote.ts";
import { ownEntry, type Properties, type Value } from "../values/properties.ts";
import { type PassedOn, planPassedOn } from "./passed-on.ts";

/**
 * Each role's privileges on a table, view or sequence, in normal form: `{ authenticated: { select: true, update:
 * ["title"] } }`. `true` is the whole table, a list its columns. If a role holds both, `true` is the first item of the
 * list (a text would be ambiguous, because any text may be a column's name). A privilege with the grant option has a
 * key of its own, `select with grant option`. A role without privileges does not appear.
 * @see https://www.postgresql.org/docs/current/ddl-priv.html
 */
export type Grants = { readonly [role: string]: Privileges };
type Privileges = { readonly [privilege: string]: true | readonly Target[] };
/** The whole table, or the column of that name. */
type Target = true | string;

/** The suffix of a privilege with the grant option. */
export const grantOption = " with grant option";

/** A class of objects in GRANT. */
export interface GrantClass {
  /** The keyword in GRANT, also used in errors. */
  readonly word: "table" | "sequence";
  /** What `all` stands for. */
  privileges(server: Server): readonly string[];
  /** The privileges that can be granted on columns. */
  readonly onColumns: readonly string[];
}

/** Tables, views, materialised views and foreign tables: GRANT calls them all tables. */
const tableClass: GrantClass = {
  word: "table",
  privileges({ version }) {
    const privileges = ["delete", "insert", "references", "select", "trigger", "truncate", "update"];
    return version >= 170000 ? ["delete", "insert", "maintain", ...privileges.slice(2)] : privileges;
  },
  onColumns: ["select", "insert", "update", "references"],
};

export const sequenceClass: GrantClass = {
  word: "sequence",
  privileges: () => ["select", "update", "usage"],
  onColumns: [],
};

/** Normalises what a program writes: `"all"`, a list of privileges, or the normal form. */
export function normaliseGrants(input: Properties, server: Server, of = tableClass): Grants {
  const roles = Object.keys(input).sort();
  return Object.fromEntries(
    roles.flatMap((role) => {
      const privileges = normalisePrivileges(input[role] ?? [], of.privileges(server));
      return Object.keys(privileges).length === 0 ? [] : [[role, privileges]];
    }),
  );
}

/** The same as a person writes it: `"all"`, or a list if every privilege is on the whole table. */
export function writeGrants(grants: Grants, server: Server, of = tableClass): Properties {
  const all = [...of.privileges(server)].sort();
  const written = Object.entries(grants).map(([role, privileges]) => {
    const names = Object.keys(privileges).sort();
    if (!Object.values(privileges).every((targets) => targets === true)) return [role, privileges] as const;
    return [role, names.join() === all.join() ? "all" : names] as const;
  });
  return Object.fromEntries(written);
}

export function grantsOf(granted: Pick<GrantedRelation, "grants">): Grants {
  const roles = new Map<string, Map<string, Target[]>>();
  const grantable = granted.grants.filter((grant) => grant.grantable);
  for (const grant of granted.grants) {
    const privileges = roles.get(grant.role) ?? new Map<string, Target[]>();
    roles.set(grant.role, privileges);
    // Several roles may have granted the same privilege. A grant with the grant option takes precedence.
    if (!grant.grantable && grantable.some((other) => isSamePrivilege(other, grant))) continue;
    const key = grant.privilege + (grant.grantable ? grantOption : "");
    privileges.set(key, [...(privileges.get(key) ?? []), grant.column ?? true]);
  }
  return sorted(roles, (privileges) => sorted(privileges, normaliseTargets));
}

function isSamePrivilege(left: Grant, right: Grant): boolean {
  return left.role === right.role && left.privilege === right.privilege && left.column === right.column;
}

export function grantProblems(grants: Grants, server: Server, of = tableClass): Problem[] {
  const known = of.privileges(server);
  return Object.entries(grants).flatMap(([role, privileges]) => {
    const problems: Problem[] = [];
    const report = (key: string | undefined, message: string | undefined) => {
      if (message !== undefined)
        problems.push({ path: key === undefined ? ["grants", role] : ["grants", role, key], message });
    };
    report(undefined, nameProblem(role));
    for (const [privilege, columns] of Object.entries(privileges)) {
      const name = privilege.replace(grantOption, "");
      if (role === "public" && privilege.endsWith(grantOption))
        report(privilege, "everybody can't hand a privilege on; name the roles that may");
      if (!known.includes(name))
        report(privilege, `there is no privilege "${name}"; a ${of.word} has ${known.join(", ")}, and "all"`);
      else if (columns !== true && !of.onColumns.includes(name))
        report(privilege, `${name} is for a whole table; only ${of.onColumns.join(", ")} can be granted on columns`);
      if (columns === true) continue;
      if (columns.length === 0)
        report(privilege, "the list of columns is empty; name columns, or leave the privilege out");
      for (const column of namesIn(columns)) report(privilege, nameProblem(column));
    }
    return problems;
  });
}

export function grantProbes(table: QualifiedName, grants: Grants): Probe[] {
  return Object.entries(grants).flatMap(([role, privileges]) => [
    probeRole(["grants", role], role),
    ...Object.entries(privileges).flatMap(([privilege, columns]) =>
      columns === true
        ? []
        : namesIn(columns).map((column) => {
            const advice = column === "*" ? "for the whole table write true" : undefined;
            return probeColumn(["grants", role, privilege], table, column, advice);
          }),
    ),
  ]);
}

/** The live grants that `others` contains as well; they need no further GRANT. */
export function commonGrants(live: Grants, others: Grants): Grants {
  const filled = <T extends object>(entries: readonly (readonly [string, T])[]) =>
    Object.fromEntries(entries.filter(([, value]) => Object.keys(value).length > 0));
  return filled(
    Object.entries(live).map(([role, privileges]) => {
      const kept = Object.entries(privileges).flatMap(([privilege, columns]) => {
        const other = ownEntry(ownEntry(others, role), privilege);
        const both = commonColumns(columns, other);
        return both === undefined ? [] : [[privilege, both] as const];
      });
      return [role, Object.fromEntries(kept)] as const;
    }),
  );
}

function commonColumns(live: Privileges[string], other: Privileges[string] | undefined) {
  if (live === true || other === undefined) return other === true ? live : undefined;
  const both = other === true ? live : live.filter((column) => other.includes(column));
  return both.length === 0 ? undefined : both;
}

/**
 * Revokes grants that are live but not desired, and grants those that are desired but not live. Nothing is revoked from
 * the owner.
 */
export function planGrants(
  object: QualifiedName,
  live: Grants,
  desired: Grants,
  { owner, of = tableClass }: { readonly owner?: string; readonly of?: GrantClass } = {},
): string[] {
  const target = `${of.word} ${quoteQualified(object)}`;
  const roles = new Set([...Object.keys(live), ...Object.keys(desired)].filter((role) => role !== owner));
  return [...roles].flatMap((role) => {
    const before = ownEntry(live, role) ?? {};
    const after = ownEntry(desired, role) ?? {};
    const privileges = new Set(
      [...Object.keys(before), ...Object.keys(after)].map((key) => key.replace(grantOption, "")),
    );
    return [...privileges].flatMap((privilege) => planPrivilege(target, role, privilege, before, after));
  });
}

/** Revokes the live grants that a grantee passed on and `desired` does not contain. */
export function planPassedOnGrants(granted: GrantedRelation, desired: Grants, of = tableClass): readonly PassedOn[] {
  const target = `${of.word} ${quoteQualified(granted)}`;
  const undeclared = granted.passedOn.filter(({ role, privilege, column, grantable }) => {
    const wanted = targets(ownEntry(desired, role) ?? {}, privilege).get(column ?? true);
    return wanted === undefined || (grantable && !wanted);
  });
  return planPassedOn(undeclared, granted.passedOn, (grantor, grant) => revokeFrom(grantor, grant, target));
}

/**
 * A grant option on the whole table includes the columns, but revoking it does not cascade to grants on columns. For
 * that, the grantor first needs a grant option on the column.
 */
function revokeFrom(grantor: string, { privilege, column }: PassedOnGrant, target: string): readonly string[] {
  const role = quoteRole(grantor);
  if (column === undefined) return [`revoke grant option for ${privilege} on ${target} from ${role} cascade`];
  const what = `${privilege} (${quoteIdentifier(column)}) on ${target}`;
  return [`grant ${what} to ${role}${grantOption}`, `revoke ${what} from ${role} cascade`];
}

function planPrivilege(
  target: string,
  role: string,
  privilege: string,
  before: Privileges,
  after: Privileges,
): string[] {
  const from = targets(before, privilege);
  const to = targets(after, privilege);
  const lost = [...from.keys()].filter((column) => !to.has(column));
  // Revoking a privilege on the table also revokes it on every column, so privileges on columns are granted again.
  const kept = lost.includes(true) ? new Map<Target, boolean>() : from;
  // A role with the grant option may have granted the privilege to others, so those grants are revoked too.
  const cascade = (isGrantable: boolean | undefined) => (isGrantable ? " cascade" : "");
  const revoke = lost.includes(true)
    ? [`revoke ${privilege} on ${target} from ${quoteRole(role)}${cascade([...from.values()].includes(true))}`]
    : namesIn(lost).map(
        (column) =>
          `revoke ${privilege} (${quoteIdentifier(column)}) on ${target} from ${quoteRole(role)}${cascade(from.get(column))}`,
      );
  const change = [...to].flatMap(([column, grantable]) => {
    if (kept.get(column) === grantable) return [];
    const what = column === true ? privilege : `${privilege} (${quoteIdentifier(column)})`;
    return kept.get(column) === true
      ? [`revoke grant option for ${what} on ${target} from ${quoteRole(role)} cascade`]
      : [`grant ${what} on ${target} to ${quoteRole(role)}${grantable ? grantOption : ""}`];
  });
  return [...revoke, ...change];
}

/** What the privilege is held on, and whether with the grant option. */
function targets(privileges: Privileges, privilege: string): Map<Target, boolean> {
  const found = new Map<Target, boolean>();
  for (const grantable of [false, true]) {
    const columns = privileges[privilege + (grantable ? grantOption : "")];
    for (const column of columns === true ? [true as const] : (columns ?? [])) found.set(column, grantable);
  }
  return found;
}

function normalisePrivileges(value: Value, all: readonly string[]): Privileges {
  const entries: [string, true | readonly Target[]][] = [];
  const add = (privilege: string, columns: true | readonly Target[]) => {
    const [name = "", ...rest] = privilege
      .trim()
      .toLowerCase()
      .replace(/\s+/g, " ")
      .split(/ (?=with\b)/);
    const names = name === "all" ? all : [name];
    for (const each of names) entries.push([[each, ...rest].join(" "), columns]);
  };
  if (typeof value === "string") add(value, true);
  else if (Array.isArray(value)) for (const privilege of value) add(String(privilege), true);
  else
    for (const [privilege, columns] of Object.entries(value as Properties)) {
      if (columns === true) add(privilege, true);
      else if (Array.isArray(columns)) add(privilege, normaliseTargets(columns as readonly Target[]));
    }
  return sorted(new Map(entries), (columns) => columns);
}

function normaliseTargets(targets: readonly Target[]): true | readonly Target[] {
  const names = [...new Set(namesIn(targets))].sort();
  if (!targets.includes(true)) return names;
  return names.length === 0 ? true : [true, ...names];
}

function namesIn(targets: readonly Target[]): string[] {
  return targets.filter((target) => target !== true);
}

function sorted<T, R>(map: ReadonlyMap<string, T>, transform: (value: T) => R): { [key: string]: R } {
  return Object.fromEntries([...map.keys()].sort().map((key) => [key, transform(map.get(key) as T)]));
}
