import type { ResourceValidationPolicy } from "@pulumi/policy";
import { loadParser } from "../sql/parser.ts";
import { kindOfToken } from "../values/urn.ts";
import { type Rule, type RuleName, rules } from "./rules.ts";

/**
 * How strictly a rule is applied: a mandatory one fails the preview, an advisory one warns, a disabled one is skipped.
 * A rule without a level of yours has its own.
 * @see https://www.pulumi.com/docs/iac/crossguard/core-concepts/#enforcement-levels
 * @example
 * const level: RuleLevel = "mandatory";
 * accessPolicies({ "buckets-limit-what-they-take": level });
 */
export type RuleLevel = Rule["enforcementLevel"] | "disabled";

/**
 * The package's rules for a policy pack, which checks declarations before anything is applied.
 *
 * @param levels levels that differ from a rule's own, by rule
 * @see https://www.pulumi.com/docs/iac/crossguard/
 * @example
 * import { PolicyPack } from "@pulumi/policy";
 * import { accessPolicies } from "pulumi-palisade/policies";
 *
 * new PolicyPack("access", { policies: accessPolicies({ "buckets-limit-what-they-take": "mandatory" }) });
 */
export function accessPolicies(levels: { readonly [name in RuleName]?: RuleLevel } = {}): ResourceValidationPolicy[] {
  return rules.map(({ name, description, enforcementLevel, judge }) => ({
    name,
    description,
    enforcementLevel: levels[name] ?? enforcementLevel,
    async validateResource({ type, props }, report) {
      await loadParser();
      const kind = kindOfToken(type);
      if (kind !== undefined) for (const message of judge(kind, props)) report(message);
    },
  }));
}
