import { closedPolicy, type PolicyDefinition } from "../../desired/policy-definition.ts";
import type { Effect } from "./effect.ts";

interface Policies {
  readonly [name: string]: PolicyDefinition;
}

/**
 * A table's declared policies as they may be before later migrations change them: without those that these create, and
 * with those that these drop or alter, which let nothing through.
 */
export function postponePolicies(declared: Policies, live: Policies, later: readonly Effect[]): Policies {
  const isToCome = (name: string) => !Object.hasOwn(live, name) && createsPolicy(later, name);
  const lacksRestrictive = Object.entries(declared).some(([name, { as }]) => as === "restrictive" && isToCome(name));
  const present = Object.entries(declared)
    .filter(([name]) => !isToCome(name))
    .map(([name, policy]) => {
      const isTooWide = lacksRestrictive && policy.as === "permissive";
      return [name, isTooWide ? closedPolicy(policy) : policy] as const;
    });
  const leaving = Object.entries(live)
    .filter(([name]) => !Object.hasOwn(declared, name) && changesPolicy(later, name))
    .map(([name, policy]) => [name, closedPolicy(policy)] as const);
  return Object.fromEntries([...present, ...leaving]);
}

/** Whether the first statement about the policy creates it, so that it must not be there by then. */
export function createsPolicy(effects: readonly Effect[], name: string): boolean {
  return effects.find((effect) => "policy" in effect && effect.policy === name)?.does === "creates the policy";
}

function changesPolicy(effects: readonly Effect[], name: string): boolean {
  return effects.some(
    (effect) => (effect.does === "drops the policy" || effect.does === "alters the policy") && effect.policy === name,
  );
}
