import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseFunction, type Migrations, Schema } from "pulumi-palisade";

export type HelperFunctions = ReturnType<typeof declareFunctions>;

/**
 * The helper functions of sql/functions. Signed-in users may execute those that policies call on their behalf; the schema is not exposed
 * by the API, and nobody has USAGE on it.
 */
export function declareFunctions(migrations: Migrations) {
  const schema = new Schema("private");
  const declare = (name: string, uses: readonly DatabaseFunction[] = []) =>
    new DatabaseFunction(
      name,
      {
        definition: readFileSync(join(import.meta.dirname, `../sql/functions/${name}.sql`), "utf8"),
        execute: ["authenticated"],
      },
      { dependsOn: [schema, migrations, ...uses] },
    );
  const currentUserId = declare("current_user_id");
  const currentUserEmail = declare("current_user_email");
  return {
    currentUserId,
    currentUserEmail,
    currentOrganizationIds: declare("current_organization_ids", [currentUserId]),
    currentAdminOrganizationIds: declare("current_admin_organization_ids", [currentUserId]),
    currentOwnerOrganizationIds: declare("current_owner_organization_ids", [currentUserId]),
    currentFellowUserIds: declare("current_fellow_user_ids", [currentUserId]),
    currentInvitedOrganizationIds: declare("current_invited_organization_ids", [currentUserEmail]),
    holdsInvitation: declare("holds_invitation", [currentUserEmail]),
    isOrganizationMember: declare("is_organization_member", [currentUserId]),
  };
}
