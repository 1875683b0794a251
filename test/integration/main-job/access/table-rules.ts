import {
  administers,
  everybody,
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

export type Values = Readonly<Record<string, string | number>>;

export interface TableRules {
  readonly table: string;
  /** SQL that names a row. */
  readonly key: string;
  readonly rows: readonly Row[];
  /** Rows that somebody may try to add, with what they give for the columns. */
  readonly additions: readonly (Row & { readonly values: Values })[];
  /** Who may do what, by what they are: written down apart from the policies, so that the two are held against each other. */
  readonly allows: { readonly [command in Command]: ((person: Person, row: Row) => boolean) | "not granted" };
}

const ours = (person: Person, { organization }: Row) => isMember(person, organization);
const administered = (person: Person, { organization }: Row) => administers(person, organization);
const mine = (person: Person, row: Row) => person.user === row.user && ours(person, row);

/** What an organisation works on, one row in each. */
function tenantTable(table: string, name: string, values: (organization: string) => Values): TableRules {
  const additions = organizations.map((organization) => ({
    key: `new ${organization}-${name}`,
    organization,
    values: { id: `new ${organization}-${name}`, organization_id: organization, ...values(organization) },
  }));
  return {
    table,
    key: "id",
    rows: organizations.map((organization) => ({ key: `${organization}-${name}`, organization })),
    additions,
    allows: { select: ours, insert: ours, update: ours, delete: administered },
  };
}

/** What belongs to one person in one organisation. */
function personalTable(table: string, values: Values): TableRules {
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
    additions: users
      .flatMap((user) => organizations.map((organization) => ({ user, organization })))
      .map((row) => ({
        ...row,
        key: `new of ${row.user} in ${row.organization}`,
        values: {
          id: `new of ${row.user} in ${row.organization}`,
          user_id: row.user,
          organization_id: row.organization,
          ...values,
        },
      })),
    allows: { select: mine, insert: mine, update: mine, delete: mine },
  };
}

/** An administrator manages memberships, an owner those of owners as well. */
const manages = (person: Person, { organization, role }: Row) =>
  owns(person, organization) || (administers(person, organization) && role !== "OWNER");

export const tables: readonly TableRules[] = [
  {
    table: "users",
    key: "id",
    rows: users.map((user) => ({ key: user, user })),
    additions: ["newcomer", "somebody else"].map((user) => ({
      key: user,
      user,
      values: { id: user, email: "new@example.com" },
    })),
    allows: {
      select: (person, { key }) => person.user === key || sharesOrganization(person, key),
      insert: (person, { key }) => person.user === key,
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
    allows: {
      select: ours,
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
    // Among them: the one who left, who tries to come back by themselves.
    additions: organizations.flatMap((organization) =>
      (["MEMBER", "ADMIN", "OWNER"] as const).map((role) => ({
        key: `former in ${organization} as ${role}`,
        user: "former",
        organization,
        role,
        values: { user_id: "former", organization_id: organization, role },
      })),
    ),
    allows: {
      select: ours,
      insert: manages,
      update: manages,
      delete: (person, row) => manages(person, row) || (row.user === person.user && row.role !== "OWNER"),
    },
  },
  tenantTable("customers", "customer", () => ({ name: "C" })),
  tenantTable("projects", "project", () => ({ name: "P" })),
  tenantTable("tasks", "task", (organization) => ({ project_id: `${organization}-project`, title: "T" })),
  tenantTable("attachments", "attachment", () => ({
    name: "A",
    path: "new",
    content_type: "text/plain",
    size_bytes: 1,
  })),
  personalTable("ai_conversations", { title: "T" }),
  personalTable("notifications", { title: "T", message: "M" }),
];
