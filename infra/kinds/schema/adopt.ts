import type { Adoptable } from "../../lifecycle/adoptable.ts";
import { isMadeByPlatform, isRecordSchema } from "../../sql/platform-schemas.ts";
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

/** Whether nobody but the platform's own roles has more than USAGE on `public`. */
function isAsMade(grants: Readonly<Record<string, readonly string[]>>): boolean {
  const usual = ["public", "postgres", "anon", "authenticated", "service_role"];
  return Object.entries(grants).every(
    ([role, privileges]) =>
      role.startsWith("supabase_") || (usual.includes(role) && privileges.every((privilege) => privilege === "usage")),
  );
}
