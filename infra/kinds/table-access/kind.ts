import { effectsOnTable } from "../../access/effects/effect.ts";
import { postponePolicies } from "../../access/effects/postpone-policies.ts";
import { policyRowOf, privilegesOf, withRelation } from "../../access/reach/overlay.ts";
import type { Catalog } from "../../catalog/catalog.ts";
import { select } from "../../catalog/part.ts";
import { probeRelation } from "../../catalog/probes/relation.ts";
import { isTable, type Table, tables } from "../../catalog/tables.ts";
import {
  commonGrants,
  type Grants,
  grantProbes,
  grantProblems,
  grantsOf,
  normaliseGrants,
  planGrants,
  planPassedOnGrants,
} from "../../desired/grants.ts";
import {
  dropPolicy,
  narrowPolicy,
  normalisePolicy,
  type PolicyDefinition,
  planPolicy,
  policyOf,
  policyProbes,
  policyProblems,
  policyTexts,
  relatePolicy,
} from "../../desired/policy-definition.ts";
import type { Problem } from "../../errors/errors.ts";
import { inspectPolicies } from "../../inspection/policies.ts";
import { tellUnanswerableReading } from "../../inspection/rights.ts";
import { tableIdOf } from "../../lifecycle/import-id.ts";
import type { Kind } from "../../lifecycle/kind.ts";
import { normaliseOwner, type Owned, ownerProblems, planOwner, refuseForeignOwner } from "../../lifecycle/owner.ts";
import { loadParser } from "../../sql/parser.ts";
import { platformSchemaProblem } from "../../sql/platform-schemas.ts";
import { formatQualified, parseQualified, qualifiedNameProblem, quoteQualified } from "../../sql/quote.ts";
import { ownEntry } from "../../values/properties.ts";
import { adoptable } from "./adopt.ts";
import { tableAccessArgs } from "./args.ts";
import { tableContradictions } from "./contradictions.ts";

export type TableAccess = Owned & {
  readonly table: string;
  readonly rowSecurity: boolean;
  readonly forceRowSecurity: boolean;
  readonly policies: { readonly [name: string]: PolicyDefinition };
  readonly grants: Grants;
};

/** Row security, policies and grants of one table, changed together in one transaction. */
export const tableAccess: Kind<TableAccess, typeof tableAccessArgs> = {
  name: "TableAccess",
  description: "Everything that decides who may do what with one table: row-level security, its policies, its grants.",
  input: tableAccessArgs,
  replaceOn: ["table"],

  async normalise(declared, { server }) {
    await loadParser();
    const { rowSecurity, forceRowSecurity } = declared;
    const unnamed = qualifiedNameProblem(declared.table);
    if (unnamed !== undefined) return [{ path: ["table"], message: unnamed }];
    const table = parseQualified(declared.table);
    const policies = Object.entries(declared.policies).sort(([left], [right]) => (left < right ? -1 : 1));
    const args: TableAccess = {
      table: formatQualified(table),
      owner: normaliseOwner(declared.owner, server),
      rowSecurity,
      forceRowSecurity,
      policies: Object.fromEntries(policies.map(([name, policy]) => [name, normalisePolicy(policy)])),
      grants: normaliseGrants(declared.grants, server),
    };
    const platform = platformSchemaProblem(
      table,
      "TableAccess owns a whole table; declare each policy there with Policy instead",
    );
    const problems: Problem[] = [
      ...(platform === undefined ? [] : [{ path: ["table"], message: platform }]),
      ...Object.entries(args.policies).flatMap(([name, policy]) => policyProblems(name, policy, ["policies", name])),
      ...grantProblems(args.grants, server),
      ...ownerProblems(args.owner, Object.keys(args.grants), ["grants", args.owner]),
    ];
    return problems.length > 0 ? problems : args;
  },

  identify: (args) => args.table,
  adoptable,
  importId: tableIdOf,
  async inspect({ live, desired, operation, report }) {
    const home = parseQualified(desired.table);
    await refuseForeignOwner({ id: desired.table, live, desired, operation, report, home });
    const pathOf = (policy: string, property: string) => ["policies", policy, property];
    await inspectPolicies(operation, desired.table, Object.keys(desired.policies), pathOf, report);
    await tellUnanswerableReading(operation, desired.table, report);
  },
  answersFor: ({ table }) => [
    { kind: "table", id: table },
    { kind: "policies", id: table },
  ],
  claims: ({ table }) => [{ on: `table ${table}`, description: `the row security, policies and grants of ${table}` }],
  tableOf: ({ table }) => table,
  policies: {
    areWholeTable: true,
    idFor: (table) => table,
    find: ({ policies }, name) => ownEntry(policies, name),
  },
  access: (args) => ({ kind: "table", name: args.table, declared: args }),
  roles: ({ owner, grants, policies }) => ({
    owner,
    recipients: [...Object.keys(grants), ...Object.values(policies).flatMap(({ roles }) => roles)],
  }),
  reachAfter: (reachable, { table, owner, rowSecurity, forceRowSecurity, policies, grants }, becomes) =>
    withRelation(reachable, parseQualified(table), () =>
      becomes === "removed"
        ? { policies: [], privileges: [] }
        : {
            ...{ owner, rowSecurity, forceRowSecurity, privileges: privilegesOf(grants) },
            policies: Object.entries(policies).map(([name, policy]) => policyRowOf(name, policy)),
          },
    ),
  texts(args) {
    const table = parseQualified(args.table);
    return Object.entries(args.policies).flatMap(([name, policy]) => policyTexts(table, policy, ["policies", name]));
  },
  probes(args) {
    const table = parseQualified(args.table);
    return [
      probeRelation(["table"], table, "rp"),
      ...Object.entries(args.policies).flatMap(([name, policy]) => policyProbes(table, policy, ["policies", name])),
      ...grantProbes(table, args.grants),
    ];
  },
  reads: [tables],
  scope: (id) => [select(tables, [parseQualified(id)])],
  find(catalog: Catalog, id: string) {
    const table = catalog.tables.get(id);
    return table === undefined || !isTable(table) ? undefined : accessOf(table);
  },
  relate(live, declared) {
    if (declared === undefined) return live;
    const policies = mapEntries(live.policies, (policy, name) =>
      relatePolicy(policy, ownEntry(declared.policies, name) ?? policy),
    );
    return policies === live.policies ? live : { ...live, policies };
  },
  /**
   * A table without policies so far: its grants came from default privileges, and row-level security alone (which
   * `destroy` leaves on) closes it.
   */
  isUntouched: (live) => !live.forceRowSecurity && Object.keys(live.policies).length === 0,

  passedOn(catalog, id, desired) {
    const table = catalog.tables.get(id);
    return table === undefined ? [] : planPassedOnGrants(table, desired?.grants ?? {});
  },

  plan(live, desired) {
    const table = parseQualified(desired.table);
    const target = quoteQualified(table);
    const before = live ?? untouched(desired.table, desired.owner);
    const flag = (was: boolean, wanted: boolean, on: string, off: string) =>
      was === wanted ? [] : [`alter table ${target} ${wanted ? on : off} row level security`];
    return [
      // First, because only the owner may run the others.
      ...planOwner(`table ${target}`, before.owner, desired.owner),
      ...flag(before.rowSecurity, desired.rowSecurity, "enable", "disable"),
      ...flag(before.forceRowSecurity, desired.forceRowSecurity, "force", "no force"),
      ...Object.keys(before.policies).flatMap((name) =>
        Object.hasOwn(desired.policies, name) ? [] : [dropPolicy(table, name)],
      ),
      ...Object.entries(desired.policies).flatMap(([name, policy]) =>
        planPolicy(table, name, ownEntry(before.policies, name), policy),
      ),
      ...planGrants(table, before.grants, desired.grants, { owner: desired.owner }),
    ];
  },

  /** Row-level security stays on: removing a declaration must not open the table. */
  remove(live) {
    const table = parseQualified(live.table);
    return [
      ...Object.keys(live.policies).map((name) => dropPolicy(table, name)),
      ...planGrants(table, live.grants, {}),
    ];
  },

  contradictions: (effects, { id, inputs }) => tableContradictions(effects, id, inputs),
  narrow(live, reference) {
    if (live === undefined) return undefined;
    const policies = Object.entries(reference.policies).flatMap(([name, policy]) => {
      const narrowed = narrowPolicy(ownEntry(live.policies, name), policy);
      return narrowed === undefined ? [] : [[name, narrowed] as const];
    });
    return {
      ...reference,
      policies: Object.fromEntries(policies),
      grants: commonGrants(live.grants, reference.grants),
    };
  },
  postpone(declared, live, later) {
    const own = effectsOnTable(later, declared.table);
    return { ...declared, policies: postponePolicies(declared.policies, live?.policies ?? {}, own) };
  },
};

/** The record itself where no value changes. */
function mapEntries<Value>(
  record: { readonly [name: string]: Value },
  change: (value: Value, name: string) => Value,
): { readonly [name: string]: Value } {
  const entries = Object.entries(record).map(([name, value]) => [name, change(value, name)] as const);
  return entries.every(([name, value]) => value === record[name]) ? record : Object.fromEntries(entries);
}

/** A table as CREATE TABLE leaves it. */
function untouched(table: string, owner: string): TableAccess {
  return { table, owner, rowSecurity: false, forceRowSecurity: false, policies: {}, grants: {} };
}

function accessOf(table: Table): TableAccess {
  return {
    table: formatQualified(table),
    owner: table.owner,
    rowSecurity: table.rowSecurity,
    forceRowSecurity: table.forceRowSecurity,
    policies: Object.fromEntries(table.policies.map((policy) => [policy.name, policyOf(policy)])),
    grants: grantsOf(table),
  };
}
