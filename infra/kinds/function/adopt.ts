import { type Adoptable, isPeoples } from "../../lifecycle/adoptable.ts";
import { formatQualified } from "../../sql/quote.ts";
import { readSignature, splitSignature } from "../../sql/signature.ts";
import { holdsToken } from "../../values/secret-texts.ts";
import type { DatabaseFunction } from "./kind.ts";

export const adoptable: Adoptable<DatabaseFunction> = {
  className: "DatabaseFunction",
  module: () => "functions",
  undeclarable: { executeWithGrantOption: "a role may hand on the right to execute it" },
  list: ({ functions }) => [...functions].flatMap(([id, row]) => (isPeoples(row) ? [id] : [])),
  /** The definition would be written to a file of the program, and to the state. */
  refuse: ({ definition }) =>
    holdsToken(definition)
      ? "its body holds a key, which would stand in the program and in the state. Have it read the key from the vault (vault.decrypted_secrets), and adopt it then"
      : undefined,
  resourceNames({ signature }) {
    const name = splitSignature(signature);
    return [name.name, formatQualified(name), signature];
  },
  place: ({ signature }) => ({ schema: splitSignature(signature).schema }),
  makesFunction: ({ definition }) => readSignature(definition),
  definition: "definition",
};
