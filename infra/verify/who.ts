/**
 * The values of a row, by the column's name in the database. Each is the text that PostgreSQL prints (`t`, `2026-01-01`), or null.
 * @see https://www.postgresql.org/docs/current/datatype.html
 * @example
 * const values: Values = { state: "published", deleted_at: null };
 */
export type Values = Readonly<Record<string, string | null>>;

/** A person's membership of a tenant. */
export interface Membership {
  /** `A` or `B` */
  readonly tenant: string;
  readonly role?: string;
}

/**
 * A person who makes attempts, as a rule sees them. Rules get people from `palisade verify`; no program makes one.
 * @see https://supabase.com/docs/guides/database/postgres/roles
 * @example
 * const isInvited = (person: Person): boolean => person.isKnown && person.name === "invited";
 */
export interface Person {
  /** `OWNER of A`, `outsider`, `anonymous` */
  readonly name: string;
  /** The tenant of which they are a member: `A` or `B`. For a member of both, a rule gets the tenant of the row. */
  readonly tenant?: string;
  /** Their role in that tenant. */
  readonly role?: string;
  /** For a member of both tenants: all memberships. */
  readonly memberships?: readonly Membership[];
  /** The `sub` of their token, if it has one. */
  readonly subject?: string;
  /** The address in their token. */
  readonly email?: string;
  /** The role in which PostgreSQL runs their requests. */
  readonly databaseRole: "anon" | "authenticated" | "service_role";
  /**
   * Whether the database can know who they are: false for anonymous requests, and for claims without a usable subject.
   */
  readonly isKnown: boolean;
}

/**
 * A row that somebody tries to reach, or to insert, as a rule sees it. For an update, it is the row before the change.
 * @example
 * const isTheirsAndOpen = (person: Person, row: Row): boolean => owner(person, row) && row.values.state !== "closed";
 */
export interface Row {
  readonly table: string;
  /** The tenant that it belongs to: `A` or `B`. Absent: the table's rows belong to no tenant. */
  readonly tenant?: string;
  /** For the account of somebody in both tenants: both. A rule is called once for each. */
  readonly tenants?: readonly string[];
  /** The `sub` of the row's owner. */
  readonly owner?: string;
  readonly values: Values;
}

/** A person's memberships. */
export function membershipsOf({ tenant, role, memberships }: Person): readonly Membership[] {
  if (memberships !== undefined) return memberships;
  return tenant === undefined ? [] : [{ tenant, ...(role === undefined ? {} : { role }) }];
}

/** Whether somebody is a member of a tenant. */
export function isMemberOf(person: Person, tenant: string | undefined): boolean {
  return membershipsOf(person).some((each) => each.tenant === tenant);
}

/** The tenants that a row belongs to. */
export function tenantsOf({ tenant, tenants }: Pick<Row, "tenant" | "tenants">): readonly string[] {
  return tenants ?? (tenant === undefined ? [] : [tenant]);
}

/** The pairs of person and row that rules are called with: each has the row's tenant, and the person's role in it. */
export function asRulesSee(person: Person, row: Row): readonly (readonly [Person, Row])[] {
  const tenants = tenantsOf(row);
  if (tenants.length === 0) return [[person, row]];
  return tenants.map((tenant) => {
    const membership = membershipsOf(person).find((each) => each.tenant === tenant);
    return [
      { ...person, ...membership },
      { ...row, tenant },
    ];
  });
}

/**
 * Members of the row's tenant.
 * @example
 * rowsOf(app.tasks, { select: members });
 */
export function members(person: Person, row: Row): boolean {
  return person.isKnown && person.tenant !== undefined && person.tenant === row.tenant;
}

/**
 * Members with one of these roles in the row's tenant.
 * @example
 * rowsOf(app.tasks, { delete: withRole("OWNER", "ADMIN") });
 */
export function withRole(...roles: readonly string[]): (person: Person, row: Row) => boolean {
  return (person, row) => members(person, row) && person.role !== undefined && roles.includes(person.role);
}

/**
 * The owner of the row; for a row that belongs to a tenant, only while they are a member of it.
 * @example
 * rowsOf(app.notifications, { select: owner });
 */
export function owner(person: Person, row: Row): boolean {
  const isTheirs = person.subject !== undefined && row.owner === person.subject;
  return person.isKnown && isTheirs && (row.tenant === undefined || row.tenant === person.tenant);
}

/**
 * Anybody who is signed in.
 * @example
 * rowsOf("public.countries", { select: signedIn });
 */
export function signedIn(person: Person): boolean {
  return person.databaseRole === "authenticated";
}

/**
 * Everybody, including people without an account.
 * @example
 * rowsOf("public.posts", { select: everybody, insert: owner });
 */
export function everybody(): boolean {
  return true;
}

/**
 * Nobody but the service role.
 * @example
 * rowsOf("public.audit", { select: nobody, insert: nobody, update: nobody, delete: nobody });
 */
export const nobody: readonly never[] = [];
