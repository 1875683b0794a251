import { withRelation } from "../../access/reach/overlay.ts";
import type { Reachable, Relation } from "../../access/reach/reachable.ts";
import type { PolicyRow } from "../../catalog/tables.ts";
import { dropPolicy, planPolicy, policyOf } from "../../desired/policy-definition.ts";
import { formatQualified } from "../../sql/quote.ts";
import { apiRoles } from "../trial.ts";
import type { Mutation } from "./mutation.ts";
import { mutateText, type Vocabulary } from "./text-mutations.ts";

/** Every mutation of one policy: dropped, widened, for other roles, with another condition. */
export function policyMutations(
  relation: Relation,
  policy: PolicyRow,
  reachable: Reachable,
  vocabulary: Vocabulary,
): readonly Mutation[] {
  const object = formatQualified(relation);
  const others = relation.policies.filter((each) => each !== policy);
  const base = {
    object,
    kind: "policy" as const,
    roles: policy.roles,
    conditions: `${policy.using ?? ""} ${policy.withCheck ?? ""}`,
    ...(policy.command === "all" ? {} : { commands: [policy.command] }),
  };
  const { commands: _, ...ofAll } = base;
  const change = (what: string, changed: Partial<PolicyRow>): Mutation => {
    const after: PolicyRow = { ...policy, ...changed };
    // When roles are added to a policy, only the added roles are affected.
    const added = apiRoles.filter((role) => !policy.roles.includes(role));
    const isWider = after.roles !== policy.roles && !policy.roles.includes("public");
    const roles = isWider ? added : policy.roles;
    return {
      ...{ ...(changed.command === "all" ? ofAll : base), roles, name: `policy ${policy.name} of ${object}: ${what}` },
      statements: planPolicy(relation, policy.name, policyOf(policy), policyOf(after)),
      reachable: withRelation(reachable, relation, () => ({ policies: [...others, after] })),
    };
  };
  return [
    {
      ...{ ...base, name: `policy ${policy.name} of ${object}: dropped` },
      statements: [dropPolicy(relation, policy.name)],
      reachable: withRelation(reachable, relation, () => ({ policies: others })),
    },
    ...formsOf(policy).map(([what, changed]) => change(what, changed)),
    ...(["using", "withCheck"] as const).flatMap((key) => {
      const text = policy[key];
      if (text === undefined) return [];
      const context = { form: "expression", isCondition: true, vocabulary, table: relation } as const;
      const clause = key === "using" ? "using" : "with check";
      return mutateText(text, context).map((each) => change(`${clause}: ${each.what}`, { [key]: each.text }));
    }),
  ];
}

/** Changes of roles, of the command, of permissive or restrictive; and without WITH CHECK. */
function formsOf(policy: PolicyRow): readonly (readonly [what: string, changed: Partial<PolicyRow>])[] {
  const { roles, command, permissive, using, withCheck } = policy;
  const isForAll = roles.includes("public");
  return [
    ...(isForAll
      ? [["to authenticated alone", { roles: ["authenticated"] }] as const]
      : [["to public", { roles: ["public"] }] as const, ["to anon as well", { roles: [...roles, "anon"] }] as const]),
    ...(command === "all"
      ? []
      : [
          ["for all commands", { command: "all", ...(using === undefined ? { using: withCheck ?? "" } : {}) }] as const,
        ]),
    [permissive ? "restrictive" : "permissive", { permissive: !permissive }],
    ...(withCheck === undefined || using === undefined ? [] : [["without with check", withoutCheck] as const]),
    ...(withCheck === undefined && (command === "update" || command === "all")
      ? [["with check (true)", { withCheck: "true" }] as const]
      : []),
  ];
}

const withoutCheck = { withCheck: undefined } as unknown as Partial<PolicyRow>;
