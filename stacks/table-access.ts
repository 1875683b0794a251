import { type Migrations, servicePrivileges, sql, TableAccess, TableReference, TenantTable } from "pulumi-palisade";
import type { HelperFunctions } from "./functions.ts";
import type { applicationTables } from "./tables.ts";

type Application = ReturnType<typeof applicationTables>;

const authenticated = ["authenticated"];

/** Who may do what with each table. Nobody else may do anything: anon has no grants. */
export function declareTableAccess(app: Application, functions: HelperFunctions, migrations: Migrations): void {
  const me = sql`(select ${functions.currentUserId}())`;
  const myOrganizations = sql`any (array(select ${functions.currentOrganizationIds}()))`;
  const administered = sql`any (array(select ${functions.currentAdminOrganizationIds}()))`;
  const owned = sql`any (array(select ${functions.currentOwnerOrganizationIds}()))`;
  const invitedTo = sql`any (array(select ${functions.currentInvitedOrganizationIds}()))`;

  // The data that an organisation works on: members read and write, administrators delete. A row stays in its
  // organisation. Its identifier, its times and its uploader are set by the database: TenantTable grants no such
  // column.
  for (const [name, table] of Object.entries({
    customers: app.customers,
    projects: app.projects,
    tasks: app.tasks,
    attachments: app.attachments,
  })) {
    const organization = table.organizationId;
    new TenantTable(name, {
      table,
      members: sql`${organization} = ${myOrganizations}`,
      deletedBy: sql`${organization} = ${administered}`,
    });
  }

  // Data of one person, as long as they are in the organisation that it is about.
  new TenantTable("ai_conversations", {
    table: app.aiConversations,
    members: sql`${app.aiConversations.userId} = ${me} and ${app.aiConversations.organizationId} = ${myOrganizations}`,
  });
  new TenantTable("notifications", {
    table: app.notifications,
    members: sql`${app.notifications.userId} = ${me} and ${app.notifications.organizationId} = ${myOrganizations}`,
    // The server writes them, and a reader may not change what one says.
    privileges: { select: true, update: [app.notifications.read], delete: true },
  });

  const { users } = app;
  new TableAccess("users", {
    table: users,
    policies: {
      users_select: {
        command: "select",
        roles: authenticated,
        using: sql`${users.id} = ${me} or ${users.id} = any (array(select ${functions.currentFellowUserIds}()))`,
      },
      users_insert: { command: "insert", roles: authenticated, withCheck: sql`${users.id} = ${me}` },
      users_update: {
        command: "update",
        roles: authenticated,
        using: sql`${users.id} = ${me}`,
        withCheck: sql`${users.id} = ${me}`,
      },
    },
    grants: {
      // The columns' defaults take the user's identity and address from the token. The server closes accounts.
      authenticated: {
        select: true,
        insert: [users.name, users.avatarPath],
        update: [users.name, users.avatarPath],
      },
      service_role: servicePrivileges,
    },
  });

  const { organizations } = app;
  new TableAccess("organizations", {
    table: organizations,
    policies: {
      organizations_select: {
        command: "select",
        roles: authenticated,
        // Invited users read the organisation that they are asked to join.
        using: sql`${organizations.id} = ${myOrganizations} or ${organizations.id} = ${invitedTo}`,
      },
      organizations_update: {
        command: "update",
        roles: authenticated,
        using: sql`${organizations.id} = ${administered}`,
        withCheck: sql`${organizations.id} = ${administered}`,
      },
      organizations_delete: { command: "delete", roles: authenticated, using: sql`${organizations.id} = ${owned}` },
    },
    // The server creates an organisation together with its owner's membership.
    grants: {
      authenticated: { select: true, update: [organizations.name, organizations.slug], delete: true },
      service_role: servicePrivileges,
    },
  });

  const members = app.organizationMembers;
  // Administrators manage memberships, but only owners manage those of owners, so that nobody can promote themselves
  // above an owner.
  const managed = sql`${members.organizationId} = ${administered} and (${members.role} <> 'OWNER' or ${members.organizationId} = ${owned})`;
  new TableAccess("organization_members", {
    table: members,
    policies: {
      organization_members_select: {
        command: "select",
        roles: authenticated,
        // A user who has just accepted an invitation must be able to read the new membership: the function does not see
        // a row of the same statement.
        using: sql`${members.organizationId} = ${myOrganizations} or ${members.userId} = ${me}`,
      },
      // By consent: nobody makes somebody else a member, and the invitation names organisation and role.
      organization_members_insert: {
        command: "insert",
        roles: authenticated,
        withCheck: sql`${members.userId} = ${me} and ${functions.holdsInvitation}(${members.organizationId}, ${members.role})`,
      },
      organization_members_update: { command: "update", roles: authenticated, using: managed, withCheck: managed },
      organization_members_delete: {
        command: "delete",
        roles: authenticated,
        // Anybody may leave; only an owner can end an owner's membership.
        using: sql`(${managed}) or (${members.userId} = ${me} and ${members.role} <> 'OWNER')`,
      },
    },
    grants: {
      authenticated: {
        select: true,
        insert: [members.organizationId, members.role],
        update: [members.role],
        delete: true,
      },
      service_role: servicePrivileges,
    },
  });

  const invitations = app.organizationInvitations;
  const toMe = sql`${invitations.email} = (select ${functions.currentUserEmail}())`;
  // Administrators invite and revoke invitations, and only owners invite owners. Whoever has the address sees the
  // invitation, and may decline.
  const given = sql`${invitations.organizationId} = ${administered} and (${invitations.role} <> 'OWNER' or ${invitations.organizationId} = ${owned})`;
  new TableAccess("organization_invitations", {
    table: invitations,
    policies: {
      organization_invitations_select: {
        command: "select",
        roles: authenticated,
        using: sql`${invitations.organizationId} = ${administered} or ${toMe}`,
      },
      organization_invitations_insert: { command: "insert", roles: authenticated, withCheck: given },
      organization_invitations_delete: { command: "delete", roles: authenticated, using: sql`(${given}) or ${toMe}` },
    },
    grants: {
      authenticated: {
        select: true,
        insert: [invitations.organizationId, invitations.email, invitations.role],
        delete: true,
      },
      service_role: servicePrivileges,
    },
  });

  // Prisma's own table has no policy and no grant, so that the API shows it to nobody.
  new TableAccess("_prisma_migrations", { table: new TableReference("public", "_prisma_migrations", migrations) });
}
