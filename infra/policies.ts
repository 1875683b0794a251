/** The API of a policy pack: rules that every declaration of access should follow. */

export type { RuleName } from "./policies/rules.ts";
export { accessPolicies, type RuleLevel } from "./policies/validations.ts";
