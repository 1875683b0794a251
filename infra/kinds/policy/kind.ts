import { effectsOnTable } from "../../access/effects/effect.ts";
import { judgePolicies } from "../../access/effects/judge-policies.ts";
import { createsPolicy } from "../../access/effects/postpone-policies.ts";
import { policyRowOf, withRelation } from "../../access/reach/overlay.ts";
import { select } from "../../catalog/part.ts";
import { probeRelation } from "../../catalog/probes/relation.ts";
import { tables } from "../../catalog/tables.ts";
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
import { inspectPolicies } from "../../inspection/policies.ts";
import { notThere, splitMember, splitWrittenMember, tableIdOf, unquote } from "../../lifecycle/import-id.ts";
import type { Kind } from "../../lifecycle/kind.ts";
import { refuseForeignTable } from "../../lifecycle/owner.ts";
import { loadParser } from "../../sql/parser.ts";
import { platformTableProblem } from "../../sql/platform-schemas.ts";
import { formatQualified, parseQualified, qualifiedNameProblem, quoteIdentifier } from "../../sql/quote.ts";
import { adoptable } from "./adopt.ts";
import { policyArgs } from "./args.ts";

export type PolicyResource = PolicyDefinition & { readonly table: string; readonly name: string };

export const policy: Kind<PolicyResource, typeof policyArgs> = {
  name: "Policy",
  description:
    "One row-level security policy on a table that others share, such as storage.objects or realtime.messages.",
  input: policyArgs,
  replaceOn: ["table", "name"],
  isNamedAfterResource: true,

  async normalise({ table, name, ...definition }) {
    await loadParser();
    const unnamed = qualifiedNameProblem(table) ?? platformTableProblem(parseQualified(table), "policies");
    if (unnamed !== undefined) return [{ path: ["table"], message: unnamed }];
    const args: PolicyResource = {
      table: formatQualified(parseQualified(table)),
      name,
      ...normalisePolicy(definition),
    };
    const problems = policyProblems(name, args, []);
    return problems.length > 0 ? problems : args;
  },

  identify: (args) => `${args.table}/${args.name}`,
  adoptable,
  importId(id, catalog) {
    const all = [...catalog.tables.values()].flatMap((table) => table.policies.map(({ name }) => ({ table, name })));
    const { table, name } = splitWrittenMember(id, "policy", all);
    const key = tableIdOf(formatQualified(table), catalog);
    const names = catalog.tables.get(key)?.policies.map((row) => row.name) ?? [];
    const found = [name, unquote(name)].find((spelt) => names.includes(spelt));
    if (found === undefined)
      throw notThere(
        `the policy ${name} on ${key}`,
        names.map((other) => `${key}/${other}`),
      );
    return `${key}/${found}`;
  },
  answersFor: ({ table, name }) => [{ kind: "policy", id: `${table}/${name}` }],
  claims: ({ table, name }) => [
    {
      on: `policy ${quoteIdentifier(name)} on ${table}`,
      description: `the policy ${quoteIdentifier(name)} on ${table}`,
      isPart: true,
      conflictsWith: [`table ${table}`],
    },
  ],
  tableOf: ({ table }) => table,
  policies: {
    areWholeTable: false,
    idFor: (table, name) => `${table}/${name}`,
    find: (args) => args,
  },
  access: (args) => ({ kind: "policy", table: args.table, name: args.name, declared: args }),
  roles: ({ roles }) => ({ recipients: roles }),
  reachAfter: (reachable, args, becomes) =>
    withRelation(reachable, parseQualified(args.table), ({ policies }) => ({
      policies: [
        ...policies.filter(({ name }) => name !== args.name),
        ...(becomes === "removed" ? [] : [policyRowOf(args.name, args)]),
      ],
    })),
  conflicts({ table, name }, { declarations }) {
    if (declarations.access.policyLists.get(table)?.has(name) !== false) return [];
    const message = `an ExclusivePolicies lists the policies of ${table} without ${quoteIdentifier(name)}, and would drop it; add it to that list`;
    return [{ path: ["name"], message }];
  },
  texts: (args) => policyTexts(parseQualified(args.table), args, []),
  probes: (args) => [
    probeRelation(["table"], parseQualified(args.table), "rp"),
    ...policyProbes(parseQualified(args.table), args, []),
  ],
  async inspect({ desired, operation, report }) {
    refuseForeignTable(desired.table, ["table"], await operation.snapshot());
    await inspectPolicies(operation, desired.table, [desired.name], (_, property) => [property], report);
  },
  reads: [tables],
  scope: (id) => [select(tables, [splitMember(id, "policy").table])],
  find(catalog, id) {
    const { table, name } = splitMember(id, "policy");
    const row = catalog.tables.get(formatQualified(table))?.policies.find((found) => found.name === name);
    return row === undefined ? undefined : { table: formatQualified(table), name, ...policyOf(row) };
  },
  relate: relatePolicy,
  plan: (live, desired) => planPolicy(parseQualified(desired.table), desired.name, live, desired),
  remove: (live) => [dropPolicy(parseQualified(live.table), live.name)],
  contradictions: (effects, { inputs: policy }) =>
    judgePolicies(
      effectsOnTable(effects, policy.table),
      policy.table,
      (name) => (name === policy.name ? policy : undefined),
      (name) => name === policy.name,
    ),
  narrow(live, reference) {
    const definition = narrowPolicy(live && definitionOf(live), definitionOf(reference));
    return definition === undefined ? undefined : { table: reference.table, name: reference.name, ...definition };
  },
  /** A restrictive one is never missing: without it, others would let more through. */
  postpone(declared, live, later) {
    const isToCome = createsPolicy(effectsOnTable(later, declared.table), declared.name);
    return live === undefined && declared.as === "permissive" && isToCome ? undefined : declared;
  },
};

function definitionOf({ table: _table, name: _name, ...definition }: PolicyResource): PolicyDefinition {
  return definition as PolicyDefinition;
}
