import { routines } from "../../catalog/routines.ts";
import { type Adoptable, isPeoples } from "../../lifecycle/adoptable.ts";
import { formatQualified } from "../../sql/quote.ts";
import { splitSignature } from "../../sql/signature.ts";
import type { FunctionAccess } from "./kind.ts";

export const adoptable: Adoptable<FunctionAccess> = {
  module: () => "functions",
  undeclarable: { executeWithGrantOption: "a role may hand on the right to execute it" },
  list: (catalog) => [...catalog.of(routines)].flatMap(([id, row]) => (isPeoples(row) ? [id] : [])),
  resourceNames({ function: signature }) {
    const name = splitSignature(signature);
    return [name.name, formatQualified(name), signature];
  },
  place: ({ function: signature }) => ({ schema: splitSignature(signature).schema }),
};
