import type { PolicyDefinition } from "../../desired/policy-definition.ts";
import { formatName } from "../../sql/names.ts";
import { parseQualified } from "../../sql/quote.ts";
import type { Contradiction, Effect, PolicyText } from "./effect.ts";
import { isSameMeaning } from "./same-meaning.ts";
import { expressionIn } from "./statement-parts.ts";

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
    if (isAsDeclared(effect.text, declared, table)) return [];
    return [{ migration, action, declared: "declares otherwise", remedy: "brings it to its declaration", opens: true }];
  });
}

function joined(
  before: Extract<PolicyEffect, { does: "creates the policy" }>,
  after: Extract<PolicyEffect, { does: "alters the policy" }>,
): PolicyEffect {
  return { ...before, migration: after.migration, text: { ...before.text, ...after.text } };
}

function isAsDeclared(text: PolicyText, declared: PolicyDefinition, table: string): boolean {
  const isSame = (given: string | undefined, wanted: string) => given === undefined || given === wanted;
  const isNew = text.command !== undefined;
  return (
    isSame(text.command, declared.command) &&
    isSame(text.as, declared.as) &&
    (text.roles === undefined || normal(text.roles) === normal(declared.roles)) &&
    isSameCondition(text.using, declared.using, isNew, table) &&
    isSameCondition(text.withCheck, declared.withCheck, isNew, table) &&
    // Only a new name is known of it.
    Object.keys(text).length > 0
  );
}

/** Only the server can tell for certain. What is taken to differ is rewritten, and a preview says so. */
function isSameCondition(given: unknown, declared: string | undefined, isNew: boolean, table: string): boolean {
  if (given === undefined) return !isNew || declared === undefined;
  return declared !== undefined && isSameMeaning(given, expressionIn(declared), parseQualified(table));
}

function normal(roles: readonly string[]): string {
  return roles.includes("public") ? "public" : JSON.stringify([...new Set(roles)].sort());
}

function formatRole(role: string): string {
  return role === "public" ? "everybody" : formatName(role);
}
