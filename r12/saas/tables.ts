// Written by `palisade adopt` from the database.
import { defineTable } from "pulumi-palisade";

/**
 * The tables of the database, with their columns.
 * @param source the resource that creates them; whatever mentions one of them then depends on it
 * @example
 * const app = applicationTables(migrations);
 * sql`${app.basejumpAccountUser.accountRole} = 'red'`
 */
export function applicationTables(source?: unknown) {
  return {
    basejumpAccountUser: defineTable(
      "basejump",
      "account_user",
      {
        userId: "user_id",
        accountId: "account_id",
        accountRole: "account_role",
      },
      source,
      { key: ["userId", "accountId"], computed: [], owners: ["userId", "accountId"] },
    ),
    basejumpAccounts: defineTable(
      "basejump",
      "accounts",
      {
        id: "id",
        primaryOwnerUserId: "primary_owner_user_id",
        name: "name",
        slug: "slug",
        personalAccount: "personal_account",
        updatedAt: "updated_at",
        createdAt: "created_at",
        createdBy: "created_by",
        updatedBy: "updated_by",
        privateMetadata: "private_metadata",
        publicMetadata: "public_metadata",
      },
      source,
      { key: ["id"], computed: ["id", "primaryOwnerUserId"], owners: ["primaryOwnerUserId"] },
    ),
    basejumpBillingSubscriptions: defineTable(
      "basejump",
      "billing_subscriptions",
      {
        id: "id",
        accountId: "account_id",
        status: "status",
        metadata: "metadata",
        priceId: "price_id",
        quantity: "quantity",
        cancelAtPeriodEnd: "cancel_at_period_end",
        currentPeriodEnd: "current_period_end",
        provider: "provider",
      },
      source,
      { key: ["id"], computed: ["currentPeriodEnd"], owners: ["accountId"] },
    ),
    basejumpConfig: defineTable(
      "basejump",
      "config",
      {
        enableTeamAccounts: "enable_team_accounts",
        enablePersonalAccountBilling: "enable_personal_account_billing",
        billingProvider: "billing_provider",
      },
      source,
      { key: [], computed: [], owners: [] },
    ),
    basejumpInvitations: defineTable(
      "basejump",
      "invitations",
      {
        id: "id",
        accountRole: "account_role",
        accountId: "account_id",
        token: "token",
        invitedByUserId: "invited_by_user_id",
        accountName: "account_name",
        createdAt: "created_at",
        invitationType: "invitation_type",
      },
      source,
      { key: ["id"], computed: ["id", "token", "createdAt"], owners: ["accountId", "invitedByUserId"] },
    ),
    orders: defineTable(
      "public",
      "orders",
      {
        id: "id",
        accountId: "account_id",
        total: "total",
        currency: "currency",
        due: "due",
        items: "items",
        tags: "tags",
        state: "state",
      },
      source,
      { key: ["id"], computed: [], owners: ["accountId"] },
    ),
    rolePermissions: defineTable(
      "public",
      "role_permissions",
      {
        id: "id",
        role: "role",
        permission: "permission",
      },
      source,
      { key: ["id"], computed: ["id"], owners: ["role"] },
    ),
    roles: defineTable(
      "public",
      "roles",
      {
        name: "name",
        hierarchyLevel: "hierarchy_level",
      },
      source,
      { key: ["name"], computed: [], owners: [] },
    ),
  };
}
