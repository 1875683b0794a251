/** What a program declares for its application's contract. */

export {
  platformVariables,
  type Variable,
  type VariableCheck,
  type Variables,
} from "./contract/environment/variables.ts";
