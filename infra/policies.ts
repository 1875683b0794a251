/** What a policy pack is made of: the rules that every declaration of access should keep to. */

export type { RuleName } from "./policies/rules.ts";
export { accessPolicies, type RuleLevel } from "./policies/validations.ts";
