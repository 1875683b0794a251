/** The API by which a program declares its application's contract. */

export {
  platformVariables,
  type Variable,
  type VariableCheck,
  type Variables,
} from "./contract/environment/variables.ts";
