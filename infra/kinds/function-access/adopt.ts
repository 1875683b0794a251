import { functionsOfTypes } from "../../catalog/extension-members.ts";
import { type Adoptable, isPeoples } from "../../lifecycle/adoptable.ts";
import { formatQualified } from "../../sql/quote.ts";
import { splitSignature } from "../../sql/signature.ts";
import { routines } from "./catalog.ts";
import type { FunctionAccess } from "./kind.ts";

export const adoptable: Adoptable<FunctionAccess> = {
  module: () => "functions",
  reads: [functionsOfTypes],
  list: (catalog) =>
    [...catalog.of(routines)].flatMap(([id, row]) =>
      isPeoples(row) && !catalog.of(functionsOfTypes).has(id) ? [id] : [],
    ),
  resourceNames({ function: signature }) {
    const name = splitSignature(signature);
    return [name.name, formatQualified(name), signature];
  },
  place: ({ function: signature }) => ({ schema: splitSignature(signature).schema }),
};
