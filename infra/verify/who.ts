/** By column, as text. */
export type Values = Readonly<Record<string, string | null>>;

/** Somebody who tries something. */
export interface Person {
  /** `OWNER of A`, `outsider`, `anonymous` */
  readonly name: string;
  /** The tenant of which they are a member: `A` or `B`. */
  readonly tenant?: string;
  /** Their role there. */
  readonly role?: string;
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
  /** The `sub` of the person whose row it is. */
  readonly owner?: string;
  readonly values: Values;
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
