import type { PolicyDefinition } from "../../desired/policy-definition.ts";
import { formatName } from "../../sql/names.ts";
import { parseQualified } from "../../sql/quote.ts";
import type { Contradiction, Effect, PolicyText } from "./effect.ts";
import { isSameMeaning } from "./same-meaning.ts";
import { expressionIn, isSameTree } from "./statement-parts.ts";

type PolicyEffect = Extract<Effect, { readonly policy: string }>;

/**
 * The policies that contradict a declaration. If several statements concern one policy, the last one counts.
 * @param isOurs whether the declaration covers a policy of that name, whether or not it declares one
 */
export function judgePolicies(
  effects: readonly Effect[],
  table: string,
  find: (name: string) => PolicyDefinition | undefined,
  isOurs: (name: string) => boolean,
): readonly Contradiction[] {
  const last = new Map<string, PolicyEffect>();
  for (const effect of effects) {
    if (!("policy" in effect) || !isOurs(effect.policy)) continue;
    const before = last.get(effect.policy);
    last.set(
      effect.policy,
      effect.does === "alters the policy" && before?.does === "creates the policy" ? joined(before, effect) : effect,
    );
  }
  return [...last.values()].flatMap((effect) => {
    const declared = find(effect.policy);
    const action = `${effect.does} ${formatName(effect.policy)} on ${table}`;
    const { migration } = effect;
    if (effect.does === "drops the policy") {
      const opens = declared?.as === "restrictive";
      return declared === undefined
        ? []
        : [{ migration, action, declared: "declares", remedy: "makes it again", opens }];
    }
    if (declared === undefined) {
      const opens = effect.text.as !== "restrictive";
      const to = effect.text.roles === undefined ? "" : ` for ${effect.text.roles.map(formatRole).join(", ")}`;
      return [{ migration, action: action + to, declared: "does not declare", remedy: "drops it", opens }];
    }
    if (isAsDeclared(effect.text, declared, isSameTree)) return [];
    const own = parseQualified(table);
    const isReworded = isAsDeclared(effect.text, declared, (given, wanted) => isSameMeaning(given, wanted, own));
    const remedy = "brings it to its declaration";
    return [{ migration, action, declared: "declares otherwise", remedy, opens: true, isReworded }];
  });
}

function joined(
  before: Extract<PolicyEffect, { does: "creates the policy" }>,
  after: Extract<PolicyEffect, { does: "alters the policy" }>,
): PolicyEffect {
  return { ...before, migration: after.migration, text: { ...before.text, ...after.text } };
}

type Comparison = (given: unknown, declared: unknown) => boolean;

function isAsDeclared(text: PolicyText, declared: PolicyDefinition, isSameSql: Comparison): boolean {
  const isSame = (given: string | undefined, wanted: string) => given === undefined || given === wanted;
  const isNew = text.command !== undefined;
  return (
    isSame(text.command, declared.command) &&
    isSame(text.as, declared.as) &&
    (text.roles === undefined || normal(text.roles) === normal(declared.roles)) &&
    isSameCondition(text.using, declared.using, isNew, isSameSql) &&
    isSameCondition(text.withCheck, declared.withCheck, isNew, isSameSql) &&
    // Only a new name is known of it.
    Object.keys(text).length > 0
  );
}

/** Only the server can tell for certain. What is taken to differ is rewritten. */
function isSameCondition(given: unknown, declared: string | undefined, isNew: boolean, isSameSql: Comparison): boolean {
  if (given === undefined) return !isNew || declared === undefined;
  return declared !== undefined && isSameSql(given, expressionIn(declared));
}

function normal(roles: readonly string[]): string {
  return roles.includes("public") ? "public" : JSON.stringify([...new Set(roles)].sort());
}

function formatRole(role: string): string {
  return role === "public" ? "everybody" : formatName(role);
}
