import { type Migrations, servicePrivileges, sql, TableAccess, TableReference, TenantTable } from "pulumi-palisade";
import type { HelperFunctions } from "./functions.ts";
import type { applicationTables } from "./tables.ts";

type Application = ReturnType<typeof applicationTables>;

const authenticated = ["authenticated"];

/** Who may do what with each table. Nobody else may do anything: anon has no grant anywhere. */
export function declareTableAccess(app: Application, functions: HelperFunctions, migrations: Migrations): void {
  const me = sql`(select ${functions.currentUserId}())`;
  const myOrganizations = sql`any (array(select ${functions.currentOrganizationIds}()))`;
  const administered = sql`any (array(select ${functions.currentAdminOrganizationIds}()))`;
  const owned = sql`any (array(select ${functions.currentOwnerOrganizationIds}()))`;
  const invitedTo = sql`any (array(select ${functions.currentInvitedOrganizationIds}()))`;

  // What an organisation works on: members read and write, administrators delete. A row stays in its organisation, and its identifier, its
  // times and who uploaded it are the database's to give: TenantTable grants no such column.
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

  // What belongs to one person, for as long as they are in the organisation it is about.
  new TenantTable("ai_conversations", {
    table: app.aiConversations,
    members: sql`${app.aiConversations.userId} = ${me} and ${app.aiConversations.organizationId} = ${myOrganizations}`,
  });
  new TenantTable("notifications", {
    table: app.notifications,
    members: sql`${app.notifications.userId} = ${me} and ${app.notifications.organizationId} = ${myOrganizations}`,
    // The server writes them, and what one says is not its reader's to change.
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
      // Who they are and their address come from the token, by the columns' defaults, and an account is closed by the server.
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
        // Who is invited reads what they are asked to join.
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
    // An organisation comes into being together with its owner's membership, which is the server's work.
    grants: {
      authenticated: { select: true, update: [organizations.name, organizations.slug], delete: true },
      service_role: servicePrivileges,
    },
  });

  const members = app.organizationMembers;
  // Administrators manage memberships; those of owners are for owners, so that nobody promotes themselves past an owner.
  const managed = sql`${members.organizationId} = ${administered} and (${members.role} <> 'OWNER' or ${members.organizationId} = ${owned})`;
  new TableAccess("organization_members", {
    table: members,
    policies: {
      organization_members_select: {
        command: "select",
        roles: authenticated,
        // Whoever has just accepted an invitation reads what they made: the function does not see the statement's own row.
        using: sql`${members.organizationId} = ${myOrganizations} or ${members.userId} = ${me}`,
      },
      // By consent: nobody is made a member by somebody else, and an invitation names organisation and role.
      organization_members_insert: {
        command: "insert",
        roles: authenticated,
        withCheck: sql`${members.userId} = ${me} and ${functions.holdsInvitation}(${members.organizationId}, ${members.role})`,
      },
      organization_members_update: { command: "update", roles: authenticated, using: managed, withCheck: managed },
      organization_members_delete: {
        command: "delete",
        roles: authenticated,
        // Anybody may leave; an owner's membership ends by an owner.
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
  // Administrators invite and take back, owners invite owners; whoever has the address sees it, and may decline.
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

  // Prisma's own record: no policy and no grant, so that the API shows it to nobody.
  new TableAccess("_prisma_migrations", { table: new TableReference("public", "_prisma_migrations", migrations) });
}
