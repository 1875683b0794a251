import {
  channelsOf,
  defineVerification,
  filesOf,
  members,
  nobody,
  owner,
  type Person,
  type Row,
  rowsOf,
  withRole,
} from "pulumi-palisade/verify";
import { applicationTables } from "./tables.ts";

const app = applicationTables();
const administrators = withRole("OWNER", "ADMIN");
const owners = withRole("OWNER");

/** Somebody with an open invitation to both organisations, as a member. */
const isInvited = (person: Person) => person.name === "invited";
const isTheirInvitation = ({ email }: Person, { values }: Row) => email !== undefined && values.email === email;
/** Owners' memberships and invitations are for owners. */
const manages = (person: Person, row: Row) =>
  administrators(person, row) && (row.values.role !== "OWNER" || owners(person, row));

/** What docs/sample-application.md says, for `npm run verify` to try. That nobody of another organisation may do anything goes without saying. */
export const verification = defineVerification({
  people: {
    tenants: app.organizations,
    members: {
      table: app.organizationMembers,
      tenant: app.organizationMembers.organizationId,
      user: app.organizationMembers.userId,
      role: app.organizationMembers.role,
      roles: ["OWNER", "ADMIN", "MEMBER"],
    },
    users: { table: app.users, subject: app.users.id, email: app.users.email },
    subject: "text",
    others: ["invited"],
  },
  rows: ["A", "B"].map((tenant) => ({
    ...{ table: app.organizationInvitations, tenant },
    values: { email: "invited@verify.example", role: "MEMBER" },
  })),
  tables: [
    ...[app.customers, app.projects, app.tasks, app.attachments].map((table) =>
      rowsOf(table, { select: members, insert: members, update: members, delete: administrators }),
    ),
    rowsOf(app.aiConversations, { select: owner, insert: owner, update: owner, delete: owner }),
    rowsOf(
      app.notifications,
      { select: owner, insert: nobody, update: owner, delete: owner },
      { columns: [app.notifications.read] },
    ),
    rowsOf(
      app.users,
      { select: [owner, members], insert: owner, update: owner, delete: nobody },
      { columns: [app.users.name, app.users.avatarPath] },
    ),
    rowsOf(
      app.organizations,
      { select: [members, isInvited], insert: nobody, update: administrators, delete: owners },
      { columns: [app.organizations.name, app.organizations.slug] },
    ),
    rowsOf(
      app.organizationMembers,
      {
        select: members,
        insert: (person, { values }) => isInvited(person) && values.role === "MEMBER",
        update: (person, row, { role }) => manages(person, row) && (role !== "OWNER" || owners(person, row)),
        delete: [manages, (person, row) => owner(person, row) && row.values.role !== "OWNER"],
      },
      { columns: [app.organizationMembers.role] },
    ),
    rowsOf(app.organizationInvitations, {
      select: [administrators, isTheirInvitation],
      insert: manages,
      update: nobody,
      delete: [manages, isTheirInvitation],
    }),
    // Prisma's own record is nobody's.
    rowsOf("public._prisma_migrations", { select: nobody, insert: nobody, update: nobody, delete: nobody }),
  ],
  files: [
    filesOf("attachments", "tenant", { select: members, insert: members, update: members, delete: administrators }),
    filesOf("avatars", "user", { select: owner, insert: owner, update: owner, delete: owner }),
    filesOf("public-assets", "tenant", {
      ...{ select: administrators, insert: administrators },
      ...{ update: administrators, delete: administrators },
    }),
  ],
  channels: [channelsOf("tenant", (id) => `organization:${id}`, { receive: members, send: members })],
  equivalents: [
    {
      mutations: ["policy * of storage.objects: to public", "policy * of storage.objects: to anon as well"],
      because:
        "the conditions ask for a folder of the person's or their organisation's, and who is not signed in has none",
    },
    {
      mutations: ["policy tasks_delete of public.tasks: for all commands"],
      because: "administrators are members, to whom the other policies give the same",
    },
  ],
});
