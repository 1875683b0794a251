import { extensionRelations } from "../../catalog/extension-members.ts";
import type { Adoptable } from "../../lifecycle/adoptable.ts";
import { isMadeByPlatform } from "../../sql/platform-schemas.ts";
import { formatQualified, parseQualified } from "../../sql/quote.ts";
import { mayHoldSecret } from "../../values/secret-texts.ts";
import { triggers } from "./catalog.ts";
import type { Trigger } from "./kind.ts";

export const adoptable: Adoptable<Trigger> = {
  module: () => "triggers",
  reads: [extensionRelations],
  /** On the platform's tables, triggers that call the platform's functions are its own. */
  list: (catalog) =>
    [...catalog.of(triggers).values()]
      .filter(
        ({ table, function: called }) =>
          !catalog.of(extensionRelations).has(formatQualified(table)) &&
          !(isMadeByPlatform(table.schema) && isMadeByPlatform(called.schema)),
      )
      .map(({ table, name }) => `${formatQualified(table)}/${name}`),
  /**
   * The arguments of a webhook trigger include its headers, which may hold a key. Neither a program nor its state
   * should contain one.
   */
  refuse: ({ arguments: given }) =>
    given.some(mayHoldSecret)
      ? "its arguments may hold a secret, which would stand in the program and in the state. Have its function read the secret from the vault (vault.decrypted_secrets), and adopt it then"
      : undefined,
  resourceNames: ({ table, name }) => [name, `${table}/${name}`],
  place({ table }) {
    const name = parseQualified(table);
    return { schema: name.schema, table: name };
  },
};
