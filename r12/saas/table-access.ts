// Adopted from the database. `palisade adopt` adds at the end what is new there, and changes no declaration that stands here.
import { sql, TableAccess } from "pulumi-palisade";
import { app } from "./app.js";
import { hasPermission, hasRoleOnAccount, isSet } from "./functions.js";

new TableAccess("account_user", {
  table: app.basejumpAccountUser,
  policies: {
    "Account users can be deleted by owners except primary account o": {
      command: "delete",
      roles: ["authenticated"],
      using: sql`
        ${hasRoleOnAccount}(${app.basejumpAccountUser.accountId}, 'owner') = true
        and ${app.basejumpAccountUser.userId} <> (
          select ${app.basejumpAccounts.primaryOwnerUserId}
          from ${app.basejumpAccounts}
          where ${app.basejumpAccountUser.accountId} = ${app.basejumpAccounts.id}
        )`,
    },
    "users can view their own account_users": {
      command: "select",
      roles: ["authenticated"],
      using: sql`${app.basejumpAccountUser.userId} = auth.uid()`,
    },
    "users can view their teammates": {
      command: "select",
      roles: ["authenticated"],
      using: sql`${hasRoleOnAccount}(${app.basejumpAccountUser.accountId}) = true`,
    },
  },
  grants: {
    authenticated: ["delete", "insert", "select", "update"],
    service_role: ["delete", "insert", "select", "update"],
  },
});

new TableAccess("accounts", {
  table: app.basejumpAccounts,
  policies: {
    "Accounts are viewable by members": {
      command: "select",
      roles: ["authenticated"],
      using: sql`${hasRoleOnAccount}(${app.basejumpAccounts.id}) = true`,
    },
    "Accounts are viewable by primary owner": {
      command: "select",
      roles: ["authenticated"],
      using: sql`${app.basejumpAccounts.primaryOwnerUserId} = auth.uid()`,
    },
    "Accounts can be edited by owners": {
      command: "update",
      roles: ["authenticated"],
      using: sql`${hasRoleOnAccount}(${app.basejumpAccounts.id}, 'owner') = true`,
    },
    "Team accounts can be created by any user": {
      command: "insert",
      roles: ["authenticated"],
      withCheck: sql`${isSet}('enable_team_accounts') = true and ${app.basejumpAccounts.personalAccount} = false`,
    },
  },
  grants: {
    authenticated: ["delete", "insert", "select", "update"],
    service_role: ["delete", "insert", "select", "update"],
  },
});

new TableAccess("billing_subscriptions", {
  table: app.basejumpBillingSubscriptions,
  policies: {
    "Can only view own subscription data.": {
      command: "select",
      using: sql`${hasRoleOnAccount}(${app.basejumpBillingSubscriptions.accountId}) = true`,
    },
    "live only": {
      command: "select",
      as: "restrictive",
      using: sql`
        ${app.basejumpBillingSubscriptions.status} = any (
          array['trialing'::basejump.subscription_status, 'active'::basejump.subscription_status]
        )
        or (
          ${app.basejumpBillingSubscriptions.status} is null
          and coalesce((${app.basejumpBillingSubscriptions.metadata} ->> 'grace')::integer, 0) > 3
        )`,
    },
  },
  grants: { authenticated: ["select"], service_role: ["delete", "insert", "select", "update"] },
});

new TableAccess("config", {
  table: app.basejumpConfig,
  policies: {
    "Basejump settings can be read by authenticated users": {
      command: "select",
      roles: ["authenticated"],
      using: sql`true`,
    },
  },
  grants: { authenticated: ["select"], service_role: ["select"] },
});

new TableAccess("invitations", {
  table: app.basejumpInvitations,
  policies: {
    "Invitations can be created by account owners": {
      command: "insert",
      roles: ["authenticated"],
      withCheck: sql`
        ${isSet}('enable_team_accounts') = true
        and (
          select ${app.basejumpAccounts.personalAccount}
          from ${app.basejumpAccounts}
          where ${app.basejumpAccounts.id} = ${app.basejumpInvitations.accountId}
        ) = false
        and ${hasRoleOnAccount}(${app.basejumpInvitations.accountId}, 'owner') = true`,
    },
    "Invitations viewable by account owners": {
      command: "select",
      roles: ["authenticated"],
      using: sql`
        ${app.basejumpInvitations.createdAt} > (now() - '24:00:00'::interval)
        and ${hasRoleOnAccount}(${app.basejumpInvitations.accountId}, 'owner'::basejump.account_role) = true`,
    },
  },
  grants: {
    authenticated: ["delete", "insert", "select", "update"],
    service_role: ["delete", "insert", "select", "update"],
  },
});

new TableAccess("orders", {
  table: app.orders,
  policies: {
    orders_read_self: {
      command: "select",
      roles: ["authenticated"],
      using: sql`
        (${app.orders.accountId} = (select auth.uid()) and ${isSet}('enable_account_billing'))
        or (
          ${hasRoleOnAccount}(${app.orders.accountId})
          and ${hasPermission}((select auth.uid()), ${app.orders.accountId}, 'billing.manage')
        )`,
    },
    orders_state: {
      command: "update",
      roles: ["authenticated"],
      using: sql`
        case
          when ${app.orders.state} = 'draft' then ${app.orders.accountId} = auth.uid()
          when ${app.orders.state} = any (array['open', 'sent', 'disputed', 'overdue', 'written off'])
            then (
              ${hasPermission}(auth.uid(), ${app.orders.accountId}, 'billing.manage'::public.app_permission)
              and ${app.orders.due} > (current_date - '30 days'::interval)
            )
          else false
        end`,
      withCheck: sql`
        ${app.orders.tags} && array['a', 'b']
        or (${app.orders.currency})::text = any ('{EUR,USD}'::text[])
        or (${app.orders.due} >= '2024-01-01' and ${app.orders.due} <= '2030-12-31')
        or ${app.orders.total} > 0.5`,
    },
  },
  grants: {
    anon: ["maintain", "references", "trigger", "truncate"],
    authenticated: ["maintain", "references", "trigger", "truncate"],
    service_role: ["maintain", "references", "trigger", "truncate"],
  },
});

new TableAccess("role_permissions", {
  table: app.rolePermissions,
  policies: {
    "Allow auth admin to read": { command: "select", roles: ["supabase_auth_admin"], using: sql`true` },
    memberships_only: {
      command: "select",
      roles: ["authenticated"],
      using: sql`
        (${app.rolePermissions.role})::text = 'owner'
        or (
          (${app.rolePermissions.role})::text = any (
            (array['admin'::character varying, 'member'::character varying])::text[]
          )
          and ${app.rolePermissions.permission} <> 'billing.manage'::public.app_permission
        )`,
    },
  },
  grants: { authenticated: ["select"], service_role: "all", supabase_auth_admin: ["select"] },
});

new TableAccess("roles", {
  table: app.roles,
  policies: { roles_read: { command: "select", roles: ["authenticated"], using: sql`true` } },
  grants: {
    anon: ["maintain", "references", "trigger", "truncate"],
    authenticated: ["maintain", "references", "select", "trigger", "truncate"],
    service_role: ["maintain", "references", "select", "trigger", "truncate"],
  },
});
