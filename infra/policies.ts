/** The API of a policy pack: rules that every declaration of access should follow. */

// In the process of a policy pack it ends that with its engine, for which a pack would need options for Node.js otherwise.
import "./loading/end-with-engine.mjs";

export type { RuleName } from "./policies/rules.ts";
export { accessPolicies, type RuleLevel } from "./policies/validations.ts";
