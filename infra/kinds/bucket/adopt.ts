import type { Adoptable } from "../../lifecycle/adoptable.ts";
import { buckets } from "./catalog.ts";
import type { Bucket } from "./kind.ts";

export const adoptable: Adoptable<Bucket> = {
  module: () => "storage",
  undeclarable: { shownAs: "its name differs from its id", type: "it is no bucket of files" },
  list: (catalog) => [...catalog.of(buckets).keys()],
  resourceNames: ({ name }) => [name],
};
