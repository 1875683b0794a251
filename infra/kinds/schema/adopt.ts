import type { Adoptable } from "../../lifecycle/adoptable.ts";
import { isMadeByPlatform, isRecordSchema } from "../../sql/platform-schemas.ts";
import { isEqual } from "../../values/properties.ts";
import type { Schema } from "./kind.ts";

export const adoptable: Adoptable<Schema> = {
  module: () => "schemas",
  list: ({ schemas }) =>
    [...schemas.values()]
      .filter(
        ({ name, grants }) =>
          !isMadeByPlatform(name) && !isRecordSchema(name) && !(name === "public" && isAsMade(grants)),
      )
      .map(({ name }) => name),
  resourceNames: ({ name }) => [name],
  place: ({ name }) => ({ schema: name }),
};

/** Whether the grants are those that `public` has in every project. Those of the platform's own roles are ignored. */
function isAsMade(grants: Readonly<Record<string, readonly string[]>>): boolean {
  const ofPeople = Object.entries(grants).filter(([role]) => !role.startsWith("supabase_"));
  return isEqual(Object.fromEntries(ofPeople), usualGrants);
}

const usualGrants = Object.fromEntries(
  ["anon", "authenticated", "postgres", "public", "service_role"].map((role) => [role, ["usage"]]),
);
