import {
  administers,
  everybody,
  invitedAs,
  isInvited,
  isMember,
  organizations,
  owns,
  type Person,
  type Role,
  sharesOrganization,
  users,
} from "./people.ts";

export const commands = ["select", "insert", "update", "delete"] as const;
export type Command = (typeof commands)[number];

/** What decides about a row. */
interface Row {
  readonly key: string;
  readonly organization?: string;
  readonly user?: string;
  readonly role?: Role;
}

export type Values = Readonly<Record<string, string | number | boolean>>;

export interface TableRules {
  readonly table: string;
  /** SQL that names a row. */
  readonly key: string;
  readonly rows: readonly Row[];
  /** Rows that somebody may try to add, with what they give for the columns. */
  readonly additions: readonly (Row & { readonly values: Values })[];
  /** A row that the application's server adds. Default: the first of those. */
  readonly ofServer?: Values;
  /** What whoever may change a row may change in it. */
  readonly change: Values;
  /** Rows without which an organisation would have no owner: nobody deletes all of them, or changes all of them as above. */
  readonly ofOwners?: { readonly filter: string; readonly holds: (row: Row) => boolean };
  /** The key that a person's own addition would have a second time, if they are not new. */
  readonly taken?: { readonly constraint: string; readonly by: (person: Person) => boolean };
  /** Who may do what, by what they are: written down apart from the policies, so that the two are held against each other. */
  readonly allows: { readonly [command in Command]: ((person: Person, row: Row) => boolean) | "not granted" };
}

const ours = (person: Person, { organization }: Row) => isMember(person, organization);
const administered = (person: Person, { organization }: Row) => administers(person, organization);
const mine = (person: Person, row: Row) => person.user === row.user && ours(person, row);

/** What an organisation works on, one row in each. */
function tenantTable(
  table: string,
  name: string,
  change: Values,
  values: (organization: string) => Values,
): TableRules {
  const additions = organizations.map((organization) => ({
    key: `new in ${organization}`,
    organization,
    values: { organization_id: organization, ...values(organization) },
  }));
  return {
    table,
    key: "id",
    rows: organizations.map((organization) => ({ key: `${organization}-${name}`, organization })),
    change,
    additions,
    allows: { select: ours, insert: ours, update: ours, delete: administered },
  };
}

/** What belongs to one person in one organisation: who makes a row makes it for themselves, or only the server makes any. */
function personalTable(table: string, change: Values, values: Values, made: "own" | "by server"): TableRules {
  const members = everybody.flatMap(([, person]) =>
    organizations.flatMap((organization) =>
      isMember(person, organization) ? [{ user: person.user ?? "", organization }] : [],
    ),
  );
  const left = organizations.map((organization) => ({ user: "former", organization }));
  const rows = [...members, ...left].map((row) => ({ ...row, key: `${row.user} in ${row.organization}` }));
  return {
    table,
    key: "id",
    rows,
    change,
    additions: organizations.map((organization) => ({
      key: `new in ${organization}`,
      organization,
      values: { organization_id: organization, ...values },
    })),
    ofServer: { user_id: "red-owner", organization_id: "red", ...values },
    allows: { select: mine, insert: made === "own" ? ours : "not granted", update: mine, delete: mine },
  };
}

/** An administrator manages memberships, an owner those of owners as well. */
const manages = (person: Person, { organization, role }: Row) =>
  owns(person, organization) || (administers(person, organization) && role !== "OWNER");

const roles = ["MEMBER", "ADMIN", "OWNER"] as const;

export const tables: readonly TableRules[] = [
  {
    table: "users",
    key: "id",
    rows: users.map((user) => ({ key: user, user })),
    // Of the token's subject alone, without a word on who that is.
    additions: [{ key: "oneself", values: { name: "N" } }],
    taken: { constraint: "users_pkey", by: ({ user }) => user !== "newcomer" },
    ofServer: { id: "newcomer", email: "newcomer@example.com" },
    change: { name: "N" },
    ofOwners: { filter: "id=not.in.(red-owner,blue-owner)", holds: ({ user }) => /-owner$/.test(user ?? "") },
    allows: {
      select: (person, { key }) => person.user === key || sharesOrganization(person, key),
      insert: ({ user = "" }) => user !== "",
      update: (person, { key }) => person.user === key,
      delete: "not granted",
    },
  },
  {
    table: "organizations",
    key: "id",
    rows: organizations.map((organization) => ({ key: organization, organization })),
    additions: [
      {
        key: "green",
        organization: "green",
        values: { id: "green", name: "Green", slug: "green" },
      },
    ],
    change: { name: "N" },
    allows: {
      select: (person, row) => ours(person, row) || isInvited(person, row.organization),
      insert: "not granted",
      update: administered,
      delete: (person, { key }) => owns(person, key),
    },
  },
  {
    table: "organization_members",
    key: "user_id || ' in ' || organization_id",
    rows: everybody.flatMap(([, person]) =>
      organizations.flatMap((organization) => {
        const role = person.roles[organization];
        return role === undefined
          ? []
          : [{ key: `${person.user} in ${organization}`, user: person.user ?? "", organization, role }];
      }),
    ),
    // Only for oneself, and only as one is invited: not the one who left, nor whoever is a member already.
    additions: organizations.flatMap((organization) =>
      roles.map((role) => ({
        key: `in ${organization} as ${role}`,
        organization,
        role,
        values: { organization_id: organization, role },
      })),
    ),
    ofServer: { user_id: "former", organization_id: "red", role: "OWNER" },
    change: { role: "MEMBER" },
    ofOwners: { filter: "role=neq.OWNER", holds: ({ role }) => role === "OWNER" },
    allows: {
      select: ours,
      insert: (person, { organization, role }) =>
        isInvited(person, organization) &&
        organizations.some((name) => name === organization && invitedAs[name] === role),
      update: manages,
      delete: (person, row) => manages(person, row) || (row.user === person.user && row.role !== "OWNER"),
    },
  },
  {
    table: "organization_invitations",
    key: "organization_id",
    rows: organizations.map((organization) => ({ key: organization, organization, role: invitedAs[organization] })),
    // To whatever address: that nobody has it is no error.
    additions: organizations.flatMap((organization) =>
      roles.map((role) => ({
        key: `to ${organization} as ${role}`,
        organization,
        role,
        values: { organization_id: organization, email: "unknown@example.com", role },
      })),
    ),
    change: { role: "ADMIN" },
    allows: {
      select: (person, row) => administered(person, row) || isInvited(person, row.organization),
      insert: manages,
      update: "not granted",
      delete: (person, row) => manages(person, row) || isInvited(person, row.organization),
    },
  },
  tenantTable("customers", "customer", { name: "D" }, () => ({ name: "C" })),
  tenantTable("projects", "project", { name: "Q" }, () => ({ name: "P" })),
  tenantTable("tasks", "task", { title: "U" }, (organization) => ({
    project_id: `${organization}-project`,
    title: "T",
  })),
  tenantTable("attachments", "attachment", { name: "B" }, (organization) => ({
    name: "A",
    path: `${organization}/new`,
    content_type: "text/plain",
    size_bytes: 1,
  })),
  personalTable("ai_conversations", { title: "U" }, { title: "T" }, "own"),
  personalTable("notifications", { read: true }, { title: "T", message: "M" }, "by server"),
];
