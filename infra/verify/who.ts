/** By column, as text. */
export type Values = Readonly<Record<string, string | null>>;

/** That somebody is a member of a tenant. */
export interface Membership {
  /** `A` or `B` */
  readonly tenant: string;
  readonly role?: string;
}

/** Somebody who tries something. */
export interface Person {
  /** `OWNER of A`, `outsider`, `anonymous` */
  readonly name: string;
  /** The tenant of which they are a member: `A` or `B`. A rule is told that of the row, where they are a member of both. */
  readonly tenant?: string;
  /** Their role there. */
  readonly role?: string;
  /** All of them, of somebody who is a member of both tenants. */
  readonly memberships?: readonly Membership[];
  /** The `sub` of their token, where it is one. */
  readonly subject?: string;
  readonly email?: string;
  readonly databaseRole: "anon" | "authenticated" | "service_role";
  /** Whether the database can know who they are: false for anonymous requests, and for claims that are missing or say nothing. */
  readonly isKnown: boolean;
}

/** A row that somebody tries to reach, or to make. */
export interface Row {
  readonly table: string;
  /** Whose it is: `A` or `B`; absent where the table's rows belong to no tenant. */
  readonly tenant?: string;
  /** Of the account of somebody who is a member of both tenants: both. A rule is told one after the other. */
  readonly tenants?: readonly string[];
  /** The `sub` of the person whose row it is. */
  readonly owner?: string;
  readonly values: Values;
}

/** What makes somebody a member of tenants. */
export function membershipsOf({ tenant, role, memberships }: Person): readonly Membership[] {
  if (memberships !== undefined) return memberships;
  return tenant === undefined ? [] : [{ tenant, ...(role === undefined ? {} : { role }) }];
}

/** Whether somebody is a member of a tenant. */
export function isMemberOf(person: Person, tenant: string | undefined): boolean {
  return membershipsOf(person).some((each) => each.tenant === tenant);
}

/** The tenants whose row it is. */
export function tenantsOf({ tenant, tenants }: Pick<Row, "tenant" | "tenants">): readonly string[] {
  return tenants ?? (tenant === undefined ? [] : [tenant]);
}

/** A person and a row as rules are told of them: with the tenant whose row it is, and what the person is there. */
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
 * Members of the tenant whose row it is.
 * @example
 * rowsOf(app.tasks, { select: members });
 */
export function members(person: Person, row: Row): boolean {
  return person.isKnown && person.tenant !== undefined && person.tenant === row.tenant;
}

/**
 * Members with one of these roles in the tenant whose row it is.
 * @example
 * rowsOf(app.tasks, { delete: withRole("OWNER", "ADMIN") });
 */
export function withRole(...roles: readonly string[]): (person: Person, row: Row) => boolean {
  return (person, row) => members(person, row) && person.role !== undefined && roles.includes(person.role);
}

/**
 * The person whose row it is; where it is a tenant's row, while they are a member.
 * @example
 * rowsOf(app.notifications, { select: owner });
 */
export function owner(person: Person, row: Row): boolean {
  const isTheirs = person.subject !== undefined && row.owner === person.subject;
  return person.isKnown && isTheirs && (row.tenant === undefined || row.tenant === person.tenant);
}

/**
 * Whoever is signed in.
 * @example
 * rowsOf("public.countries", { select: signedIn });
 */
export function signedIn(person: Person): boolean {
  return person.databaseRole === "authenticated";
}

/**
 * Everybody, without an account as well.
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
