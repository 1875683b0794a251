import { effectsOnTable } from "../../access/effects/effect.ts";
import { judgePolicies } from "../../access/effects/judge-policies.ts";
import { withRelation } from "../../access/reach/overlay.ts";
import { select } from "../../catalog/part.ts";
import { probeRelation } from "../../catalog/probes/relation.ts";
import { isTable, type PolicyRow, type Table, tables } from "../../catalog/tables.ts";
import { dropPolicyIfThere, policyOf } from "../../desired/policy-definition.ts";
import type { Problem } from "../../errors/errors.ts";
import { tableIdOf } from "../../lifecycle/import-id.ts";
import type { Kind, Note } from "../../lifecycle/kind.ts";
import type { Operation } from "../../lifecycle/operation.ts";
import { refuseForeignTable } from "../../lifecycle/owner.ts";
import { policyResources } from "../../lifecycle/policy-resources.ts";
import { platformTableProblem } from "../../sql/platform-schemas.ts";
import {
  formatQualified,
  nameProblem,
  parseQualified,
  type QualifiedName,
  qualifiedNameProblem,
  quoteIdentifier,
} from "../../sql/quote.ts";
import type { Properties } from "../../values/properties.ts";
import { adoptable } from "./adopt.ts";
import { exclusivePoliciesArgs } from "./args.ts";

export type ExclusivePolicies = Properties & {
  readonly table: string;
  /** By name: true for a declared policy; for any other policy on the table, what it allows. */
  readonly policies: { readonly [name: string]: true | string };
};

/**
 * It creates no policies: `Policy` resources do. A declared policy that is missing is reported by its own resource, and
 * is no difference here.
 */
export const exclusivePolicies: Kind<ExclusivePolicies, typeof exclusivePoliciesArgs> = {
  name: "ExclusivePolicies",
  description: "The policies that a shared table has, by name; any other policy on it is drift and is dropped.",
  input: exclusivePoliciesArgs,
  replaceOn: ["table"],

  async normalise(declared) {
    const unnamed =
      qualifiedNameProblem(declared.table) ?? platformTableProblem(parseQualified(declared.table), "policies");
    if (unnamed !== undefined) return [{ path: ["table"], message: unnamed }];
    const table = formatQualified(parseQualified(declared.table));
    const names = Array.isArray(declared.policies) ? declared.policies : Object.keys(declared.policies);
    const problems: Problem[] = [
      ...names.flatMap((name, index) => {
        const message = nameProblem(name) ?? (names.indexOf(name) < index ? repeated(name) : undefined);
        return message === undefined ? [] : [{ path: ["policies", index], message }];
      }),
    ];
    if (problems.length > 0) return problems;
    return { table, policies: Object.fromEntries([...names].sort().map((name) => [name, true as const])) };
  },

  identify: (args) => args.table,
  adoptable,
  importId: tableIdOf,
  answersFor: ({ table }) => [{ kind: "policies", id: table }],
  claims: ({ table }) => [
    {
      on: `list of policies of ${table}`,
      description: `the list of policies of ${table}`,
      conflictsWith: [`table ${table}`],
    },
  ],
  tableOf: ({ table }) => table,
  access: ({ table, policies }) => ({ kind: "policy list", table, names: Object.keys(policies) }),
  /** A declaration drops the policies that only the live list contains. */
  reachAfter: (reachable, { table, policies: listed }, becomes) =>
    becomes === "removed"
      ? reachable
      : withRelation(reachable, parseQualified(table), ({ policies }) => ({
          policies: policies.filter(({ name }) => Object.hasOwn(listed, name)),
        })),
  conflicts: ({ table, policies }, { declarations }) =>
    [...(declarations.access.policies.get(table)?.keys() ?? [])]
      .filter((name) => !Object.hasOwn(policies, name))
      .map((name) => ({
        path: ["policies"],
        message: `a Policy declares ${quoteIdentifier(name)} on ${table} as well, which would be dropped again; add it to the list`,
      })),
  texts: () => [],
  probes: ({ table }) => [probeRelation(["table"], parseQualified(table), "rp")],
  async inspect({ desired, operation, report }) {
    const catalog = await operation.snapshot();
    refuseForeignTable(desired.table, ["table"], catalog);
    const notes = (catalog.tables.get(desired.table)?.policies ?? [])
      .filter(({ name }) => !Object.hasOwn(desired.policies, name))
      .map(describeLoss);
    for (const severity of ["info", "warning"] as const) {
      const messages = notes.filter((note) => note.severity === severity).map((note) => note.message);
      if (messages.length > 0) report(messages.join("\n"), severity);
    }
  },
  contradictions: (effects, { inputs: { table, policies } }) =>
    judgePolicies(
      effectsOnTable(effects, table),
      table,
      () => undefined,
      (name) => policies[name] !== true,
    ),
  reads: [tables],
  scope: (id) => [select(tables, [parseQualified(id)])],
  find(catalog, id) {
    const table = catalog.tables.get(formatQualified(parseQualified(id)));
    return table === undefined || !isTable(table) ? undefined : policiesOf(table);
  },
  relate: (live, declared) => ({
    table: live.table,
    policies: { ...live.policies, ...listed(declared ?? allOf(live)) },
  }),
  /** The stack may drop policies that resources in its state created, such as those that this update renames. */
  isUntouched: (live, desired, operation) =>
    namesBeside(live, desired).every((name) => isSinglePolicyOfStack(operation, parseQualified(live.table), name)),
  plan: (live, desired) =>
    live === undefined
      ? []
      : namesBeside(live, desired).map((name) => dropPolicyIfThere(parseQualified(desired.table), name)),
  /** The policies stay: each is dropped by its own resource. */
  remove: () => [],
};

function policiesOf(table: Table): ExclusivePolicies {
  return {
    table: formatQualified(table),
    policies: Object.fromEntries(table.policies.map((row) => [row.name, describe(row)])),
  };
}

/** The declared ones among them. */
function listed({ policies }: ExclusivePolicies): ExclusivePolicies["policies"] {
  return Object.fromEntries(Object.entries(policies).filter(([, value]) => value === true));
}

function allOf({ table, policies }: ExclusivePolicies): ExclusivePolicies {
  return { table, policies: Object.fromEntries(Object.keys(policies).map((name) => [name, true as const])) };
}

function namesBeside(live: ExclusivePolicies, desired: ExclusivePolicies): readonly string[] {
  return Object.keys(live.policies).filter((name) => !Object.hasOwn(desired.policies, name));
}

/** Whether the stack's state has a resource for this policy alone. */
function isSinglePolicyOfStack({ options, managed }: Operation, table: QualifiedName, name: string): boolean {
  return policyResources({ options }, { table, name }).some(
    ({ kind, id, policies }) => !policies.areWholeTable && managed.has(kind.name, id),
  );
}

/** `permissive for select to anon, authenticated using (bucket_id = 'avatars'::text)` */
function describe(row: PolicyRow): string {
  const { as, command, roles, using, withCheck } = policyOf(row);
  return [
    `${as} for ${command} to ${roles.join(", ")}`,
    ...(using === undefined ? [] : [`using ${using}`]),
    ...(withCheck === undefined ? [] : [`with check ${withCheck}`]),
  ].join(" ");
}

/** Without a restrictive policy, the other policies allow more. */
function describeLoss(row: PolicyRow): Note {
  const [severity, effect] = row.permissive ? (["info", "lets through"] as const) : (["warning", "keeps out"] as const);
  const name = quoteIdentifier(row.name);
  return { severity, message: `the policy ${name} is dropped, and with it what it ${effect}: ${describe(row)}` };
}

function repeated(name: string): string {
  return `the policy ${quoteIdentifier(name)} is named twice; name it once`;
}
