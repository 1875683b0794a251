import { extensionRelations } from "../../catalog/extension-members.ts";
import { sequenceClass, writeGrants } from "../../desired/grants.ts";
import { type Adoptable, isPeoples } from "../../lifecycle/adoptable.ts";
import { formatQualified, parseQualified } from "../../sql/quote.ts";
import { sequences } from "./catalog.ts";
import type { SequenceAccess } from "./kind.ts";

export const adoptable: Adoptable<SequenceAccess> = {
  module: () => "sequences",
  reads: [extensionRelations],
  /** A sequence that belongs to a column and is granted to nobody needs no declaration. */
  list: (catalog) =>
    [...catalog.of(sequences).values()]
      .filter((sequence) => isPeoples(sequence) && (sequence.countsFor === undefined || sequence.grants.length > 0))
      .map(formatQualified)
      .filter((id) => !catalog.of(extensionRelations).has(id)),
  resourceNames: ({ sequence }) => [parseQualified(sequence).name, sequence],
  place: ({ sequence }) => ({ schema: parseQualified(sequence).schema }),
  write: (args, { server }) => ({ ...args, grants: writeGrants(args.grants, server, sequenceClass) }),
};
