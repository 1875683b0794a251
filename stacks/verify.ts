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

interface Invitation {
  readonly to: string;
  readonly tenant: string;
  readonly as: string;
  readonly by?: string;
  readonly isOver?: true;
}

/** Invitations by which somebody may join. */
const open: readonly Invitation[] = [
  { to: "invited", tenant: "A", as: "MEMBER" },
  { to: "invited", tenant: "B", as: "MEMBER", by: "ADMIN of B" },
  { to: "invited elsewhere", tenant: "A", as: "OWNER", by: "OWNER of A" },
];
/**
 * Invitations that have expired, or come from somebody who may not give them. Their addressees can see them, but not
 * accept them.
 */
const vain: readonly Invitation[] = [
  { to: "removed", tenant: "A", as: "MEMBER", isOver: true },
  { to: "removed", tenant: "B", as: "MEMBER", by: "OWNER of A and MEMBER of B" },
  { to: "invited in vain", tenant: "B", as: "OWNER", by: "ADMIN of B" },
];
/** People whose address is not proven: the account's is not confirmed, or the token says that it is unverified. */
const unproven = ["unconfirmed", "unverified"];
const unanswered = unproven.flatMap((to) => ["A", "B"].map((tenant): Invitation => ({ to, tenant, as: "MEMBER" })));

const isTo = (invitations: readonly Invitation[]) => (person: Person, row: Row) =>
  invitations.some(({ to, tenant, isOver }) => to === person.name && tenant === row.tenant && isOver === undefined);
const joins = (person: Person, { tenant, values }: Row) =>
  open.some((each) => each.to === person.name && each.tenant === tenant && each.as === values.role);
const isTheirInvitation = (person: Person, { values }: Row) =>
  person.email !== undefined && values.email === person.email && !unproven.includes(person.name);
const invitation = ({ to, tenant, as, by, isOver }: Invitation) => {
  const values = (inviter?: Person) => ({
    ...{ email: `${to.replaceAll(" ", "-")}@verify.example`, role: as, invited_by_id: inviter?.subject ?? null },
    ...(isOver && { expires_at: { sql: "now() - interval '1 day'" } }),
  });
  const table = app.organizationInvitations;
  return by === undefined ? { table, tenant, values: values() } : { table, tenant, owner: by, values };
};
/** An account of the auth server. */
const account = (owner: string, confirmed: string | null) => ({
  ...{ table: "auth.users", owner },
  values: ({ subject, email }: Person) => ({ id: subject, email, email_confirmed_at: confirmed }),
});
/** Memberships and invitations of owners are managed by owners only. */
const manages = (person: Person, row: Row) =>
  administrators(person, row) && (row.values.role !== "OWNER" || owners(person, row));

/**
 * The statements of docs/sample-application.md, for `npm run verify` to try. It goes without saying that nobody of
 * another organisation may do anything.
 */
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
    others: ["invited", "invited elsewhere", "invited in vain", ...unproven],
    claims: ({ name, email }) => ({
      ...(name === "invited" && { email: email?.toUpperCase() }),
      ...(name === "invited elsewhere" && { email_verified: true }),
      ...(name === "unverified" && { email_verified: false }),
    }),
  },
  rows: [
    account("invited", "2026-01-01"),
    account("unconfirmed", null),
    ...[...open, ...vain, ...unanswered].map(invitation),
    // Created by a member of both organisations, who could move it.
    {
      ...{ table: app.attachments, tenant: "A", owner: "OWNER of A and OWNER of B" },
      values: ({ subject }: Person) => ({ uploaded_by_id: subject }),
    },
    // Two, so that a task can be moved from one to the other.
    ...["A", "A", "B", "B"].map((tenant) => ({ table: app.projects, tenant, values: {} })),
  ],
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
      { select: [members, isTo([...open, ...vain])], insert: nobody, update: administrators, delete: owners },
      { columns: [app.organizations.name, app.organizations.slug] },
    ),
    rowsOf(
      app.organizationMembers,
      {
        select: members,
        insert: joins,
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
    // Nobody reaches Prisma's own table.
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
      mutations: [
        "*: integrity.token_subject for private.current_user_id*",
        "*: private.current_user_id for integrity.token_subject*",
      ],
      because: "both give the subject of the token",
    },
    {
      mutations: [
        "function integrity.token_*: 'request.jwt.claim.*x' for *",
        "function private.current_user_id(): 'request.jwt.claim.*x' for *",
      ],
      because: "the API sets request.jwt.claims alone",
    },
    {
      mutations: [
        "function integrity.token_*: 'x' for ''*",
        "function integrity.fold_email(text): 'x' for ''*",
        "function private.current_user_id(): 'x' for ''*",
      ],
      because:
        "claims that are empty say nothing, or are no JSON and an error; nobody's identifier or address is empty",
    },
    {
      mutations: ["function integrity.account_email(text): security invoker"],
      because: "only functions with the same owner's rights call it",
    },
    {
      mutations: ["function integrity.account_email(text): without \"to_regclass('auth.users') IS NOT NULL\""],
      because: "it is there wherever there is an auth server",
    },
    {
      mutations: ["function integrity.fold_email(text): security definer"],
      because: "it reads nothing",
    },
    {
      mutations: ["function integrity.is_plain_path(text): '*x' for *"],
      because: "which paths there may be is the same for everybody",
    },
    {
      mutations: ['policy attachments_insert of storage.objects: with check: without "bucket_id = *" (2)'],
      because: "the whole condition asks for the same bucket",
    },
    {
      mutations: [
        "policy *_update of storage.objects: using: true for *",
        "policy *_update of storage.objects: using: without *",
        "policy public-assets_update of storage.objects: *: private.current_organization_ids for *",
        'policy *_update of storage.objects: with check: without "bucket_id = *',
        'policy attachments_update of storage.objects: with check: without "*[1] = ANY (ARRAY( SELECT private.current_organization_ids()*',
        'policy avatars_update of storage.objects: with check: without "*[1] = ( SELECT private.current_user_id()*',
        'policy public-assets_update of storage.objects: with check: without "*[1] = ANY *',
      ],
      because:
        "the restrictive policies *_stays keep a file in its bucket and folder, so that what is asked of the row before is asked of the row after",
    },
    {
      mutations: [
        "policy avatars_insert of storage.objects: for all commands",
        "policy public-assets_insert of storage.objects: for all commands",
      ],
      because: "who may upload may do everything there by the other policies",
    },
    {
      mutations: [
        "policy customers_delete of public.customers: for all commands",
        "policy projects_delete of public.projects: for all commands",
        "policy tasks_delete of public.tasks: for all commands",
        "policy attachments_delete of public.attachments: for all commands",
        "policy organizations_delete of public.organizations: for all commands",
        "policy organization_members_update of public.organization_members: for all commands",
      ],
      because: "administrators are members, to whom the other policies give the same",
    },
    {
      mutations: [
        "policy organization_topic_* of realtime.messages: to public",
        "policy organization_topic_* of realtime.messages: to anon as well",
      ],
      because: "who is not signed in is a member of nothing",
    },
    {
      mutations: ["policy organization_topic_* of realtime.messages: for all commands"],
      because: "to receive and to send are for the same people",
    },
    {
      mutations: [
        'policy organization_topic_* of realtime.messages: *: without "extension = *',
        'policy organization_topic_* of realtime.messages: *: without "topic = *',
      ],
      because: "Realtime asks with rows of the topic that is joined, for broadcast and presence alone",
    },
    {
      mutations: [
        "policy users_insert of public.users: with check: true for *",
        'policy organization_members_insert of public.organization_members: with check: without "user_id = *',
        'policy ai_conversations_insert of public.ai_conversations: with check: without "user_id = *',
      ],
      because: "the column is not granted, and its default is whoever asks",
    },
    {
      mutations: [
        "policy organizations_update of public.organizations: *: private.current_organization_ids for *",
        "policy organization_members_update of public.organization_members: *: private.current_organization_ids for private.current_admin_*",
        'policy organization_members_update of public.organization_members: *: without "organization_id = ANY (ARRAY( SELECT private.current_admin_*',
      ],
      because: "the column can't be changed, and what is asked of the row before is asked of the row after",
    },
    {
      mutations: [
        "policy organization_members_delete of public.organization_members: using: without \"role <> 'OWNER'::public.organization_role\" (2)",
        "policy organization_members_delete of public.organization_members: using: 'ADMIN' for 'OWNER' in \"AND (role <>*",
      ],
      because: "owners and administrators may remove themselves as managers of their organisation",
    },
    {
      mutations: ["policy organization_members_insert of public.organization_members: for all commands"],
      because: "there is one invitation for an address and organisation, so that the role stays",
    },
    {
      mutations: [
        'policy organization_members_select of public.organization_members: using: without "user_id = *',
        "policy organization_members_select of public.organization_members: using: organization_id for user_id in *",
        "policy organization_members_select of public.organization_members: using: integrity.token_email for *",
        "policy organization_members_select of public.organization_members: using: private.current_user_email for *",
      ],
      because: "a membership of one's own is in an organisation of one's own",
    },
    {
      mutations: ["*: integrity.token_email for private.current_user_email*"],
      because: "both give the address in the token",
    },
    {
      mutations: ["policy organization_invitations_insert of public.organization_invitations: for all commands"],
      because: "who may invite may see invitations and take them back, and no column can be changed",
    },
    {
      mutations: ['grant insert ("*") on public.notifications to authenticated'],
      because: "no row can be made with one column alone",
    },
    {
      mutations: [
        'grant update ("id") on public.users to authenticated',
        'grant update ("id") on public.organizations to authenticated',
        'grant update ("user_id") on public.ai_conversations to authenticated',
        'grant update ("user_id") on public.notifications to authenticated',
      ],
      because: "the policy takes no other value than the one that is there",
    },
  ],
});
