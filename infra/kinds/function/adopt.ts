import { functionsOfTypes } from "../../catalog/extension-members.ts";
import { type Adoptable, isPeoples } from "../../lifecycle/adoptable.ts";
import { formatQualified } from "../../sql/quote.ts";
import { readSignature, splitSignature } from "../../sql/signature.ts";
import type { DatabaseFunction } from "./kind.ts";

export const adoptable: Adoptable<DatabaseFunction> = {
  className: "DatabaseFunction",
  module: () => "functions",
  reads: [functionsOfTypes],
  list: (catalog) =>
    [...catalog.functions].flatMap(([id, row]) =>
      isPeoples(row) && !catalog.of(functionsOfTypes).has(id) ? [id] : [],
    ),
  resourceNames({ signature }) {
    const name = splitSignature(signature);
    return [name.name, formatQualified(name), signature];
  },
  place: ({ signature }) => ({ schema: splitSignature(signature).schema }),
  makesFunction: ({ definition }) => readSignature(definition),
  definition: "definition",
};
