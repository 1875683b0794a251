import type { TableReference } from "../sql/reference.ts";
import type { Person, Row, Values } from "./who.ts";

/**
 * A table or view as a value (`app.tasks`), or its name (`"public.tasks"`). A name without a schema is in `public`. If the database has
 * no such table, `palisade verify` ends before anything is tried.
 * @example
 * const tables: readonly TableName[] = [app.tasks, "public.tasks", "tasks"];
 */
export type TableName = string | { readonly $table: TableReference };

/**
 * A column as a value (`app.tasks.organizationId`), or its name in the database (`"organization_id"`). If the table has no such column,
 * `palisade verify` ends before anything is tried.
 * @example
 * const columns: readonly ColumnName[] = [app.tasks.organizationId, "organization_id"];
 */
export type ColumnName = string | { readonly name: string };

/**
 * Whether a person may do something with a row: a rule. What it allows must be let through, and what it doesn't allow must be refused.
 * `written` holds the columns that an insert or update writes, with their new values; for other commands it is empty.
 * @example
 * const ofUndeleted: Allows = (person, row) => owner(person, row) && row.values.deleted_at === null;
 */
export type Allows = (person: Person, row: Row, written: Values) => boolean;

/**
 * Who may do something: a rule, or a list of rules, of which one match is enough. An empty list is nobody but the service role.
 * @example
 * const readers: Who = [owner, withRole("ADMIN")];
 */
export type Who = Allows | readonly Allows[];

/**
 * What `palisade verify` has to prove about a stack: what a tenant is, which row makes somebody a member, and who may
 * do what. Everything but `people` is optional; what is not stated is reported as it is found.
 * @example
 * export const verification = defineVerification({
 *   people: {
 *     tenants: app.organizations,
 *     members: {
 *       table: app.organizationMembers,
 *       tenant: app.organizationMembers.organizationId,
 *       user: app.organizationMembers.userId,
 *       role: app.organizationMembers.role,
 *       roles: ["OWNER", "ADMIN", "MEMBER"],
 *     },
 *     users: { table: app.users, subject: app.users.id },
 *   },
 *   tables: [rowsOf(app.tasks, { select: members, insert: members, update: members, delete: withRole("OWNER", "ADMIN") })],
 * });
 */
export interface Verification {
  readonly people: People;
  /** Who may do what with the rows of a table. See `rowsOf`. */
  readonly tables?: readonly TableRules[];
  /** Who may do what with the files of a bucket. See `filesOf`. */
  readonly files?: readonly FileRules[];
  /** Who may join a private channel. See `channelsOf`. */
  readonly channels?: readonly ChannelRules[];
  /** Values that can't be found from the schema, by table and column: `{ "public.attachments": { path: { sql: "…" } } }`. */
  readonly fixtures?: Readonly<Record<string, Readonly<Record<string, FixtureValue>>>>;
  /** Further rows, such as a soft-deleted one. */
  readonly rows?: readonly FurtherRow[];
  /** Mutations of `--mutate` that change nobody's access, with the reason. */
  readonly equivalents?: readonly Equivalent[];
}

/**
 * Mutations that no test can notice, by the names that `palisade verify --mutate` prints, with the reason.
 * @example
 * const equivalent: Equivalent = {
 *   mutations: ["policy tasks_select of public.tasks: for all commands"],
 *   because: "the other policies have the same condition",
 * };
 */
export interface Equivalent {
  /** Their names; `*` stands for anything. One that matches nothing, or whose mutation is noticed, is reported. */
  readonly mutations: readonly string[];
  /** Why they change nobody's access. */
  readonly because: string;
}

/**
 * A constant, or a SQL expression.
 * @example
 * const name: FixtureValue = { sql: "md5(random()::text)" };
 */
export type FixtureValue = string | number | boolean | null | { readonly sql: string };

/**
 * A row that is made in addition to those that every table gets. Columns that it does not set are filled in.
 * @example
 * const deleted: FurtherRow = { table: "documents", tenant: "A", owner: "user of A", values: { deleted_at: "2026-01-01" } };
 */
export interface FurtherRow {
  readonly table: TableName;
  /** `A` or `B`. */
  readonly tenant?: string;
  /** The name of the person who owns the row, such as `OWNER of A`, or `user of A` if there are no roles. */
  readonly owner?: string;
  /**
   * By column. A function gets the owner: `({ subject, email }) => ({ id: subject, email, email_confirmed_at: null })`.
   */
  readonly values: FurtherValues | ((owner: Person) => FurtherValues);
}

/**
 * Columns as text, or as a SQL expression. A column that is undefined is filled in.
 * @example
 * const deleted: FurtherValues = { deleted_at: { sql: "now()" } };
 */
export type FurtherValues = Readonly<Record<string, string | null | undefined | { readonly sql: string }>>;

/**
 * How people belong to tenants, and what their tokens say. `palisade verify` makes two tenants and their people by it.
 * @see https://supabase.com/docs/guides/auth/jwt-fields
 * @example
 * const people: People = {
 *   tenants: app.organizations,
 *   members: {
 *     table: app.organizationMembers,
 *     tenant: app.organizationMembers.organizationId,
 *     user: app.organizationMembers.userId,
 *   },
 *   users: { table: app.users, subject: app.users.id },
 *   subject: "text",
 * };
 */
export interface People {
  /** The table whose rows are the tenants. Default: none; each person is a tenant of their own. */
  readonly tenants?: TableName;
  /** The row that makes somebody a member of a tenant. */
  readonly members?: {
    readonly table: TableName;
    readonly tenant: ColumnName;
    /** The column with the `sub` of the member's token. */
    readonly user: ColumnName;
    readonly role?: ColumnName;
    /** The values of `role`. Both tenants get a person for each of them. */
    readonly roles?: readonly string[];
  };
  /** The table that has a row for each person. Default: none; rows of `auth.users` are made where a foreign key needs them. */
  readonly users?: { readonly table: TableName; readonly subject: ColumnName; readonly email?: ColumnName };
  /** The type of a `sub`. Default: `uuid`; with `text`, some subjects are UUIDs and some are not. */
  readonly subject?: "uuid" | "text";
  /**
   * Claims in addition to `sub`, `role` and `email`, such as `app_metadata`. `tenantId` is the key of the person's
   * tenant.
   */
  readonly claims?: (person: Person & { readonly tenantId: string | undefined }) => Readonly<Record<string, unknown>>;
  /** Further people who are signed in but not members, such as `invited`. Rules recognise them by `name`. */
  readonly others?: readonly string[];
}

/**
 * What somebody may do with a row, or with a file.
 * @example
 * const command: RowCommand = "select";
 */
export type RowCommand = "select" | "insert" | "update" | "delete";

/**
 * What is stated of a table, or of a view. Best written with `rowsOf`.
 * @example
 * const rules: TableRules = { table: "public.tasks", may: { select: members } };
 */
export interface TableRules {
  readonly table: TableName;
  /**
   * The column with the `sub` of the row's owner. Default: the only required column that points to the table of people.
   */
  readonly owner?: ColumnName;
  /** The column with the row's tenant. Default: derived from the foreign keys. */
  readonly tenant?: ColumnName;
  readonly may: { readonly [command in RowCommand]?: Who };
  /** The columns that may be updated by anybody but the service role. Default: not stated. */
  readonly columns?: readonly ColumnName[];
  /** The columns that may be read by anybody but the service role. Default: not stated. */
  readonly reads?: readonly ColumnName[];
  /**
   * Who may move a row to another tenant, judged on the row before and after the move. Default: nobody but the service
   * role.
   */
  readonly moves?: Who;
}

/**
 * What is stated of a bucket's files. Best written with `filesOf`.
 * @example
 * const rules: FileRules = { bucket: "avatars", folder: "user", may: { select: everybody, insert: owner } };
 */
export interface FileRules {
  readonly bucket: string;
  /** Who owns the first folder of a path: a tenant, by its key, or a user, by their `sub`. */
  readonly folder: "tenant" | "user" | "none";
  readonly may: { readonly [command in RowCommand]?: Who };
  /**
   * Who may move a file to another tenant's folder, judged on the file before and after the move. Default: nobody but
   * the service role.
   */
  readonly moves?: Who;
}

/**
 * What is stated of private channels. Best written with `channelsOf`.
 * @example
 * const rules: ChannelRules = { of: "user", topic: (id) => `user:${id}`, may: { receive: owner, send: nobody } };
 */
export interface ChannelRules {
  /** The topic of the channel of a tenant or user. */
  readonly topic: (id: string) => string;
  readonly of: "tenant" | "user";
  readonly may: { readonly receive?: Who; readonly send?: Who };
}

/**
 * Declares what `palisade verify` proves. Export it as `verification` from `verify.ts`, next to the stack's program.
 * @throws nothing; the command reports mistakes in it
 * @example
 * export const verification = defineVerification({ people: { users: { table: "public.profiles", subject: "id" } } });
 */
export function defineVerification(verification: Verification): Verification {
  return verification;
}

/**
 * Who may do what with the rows of a table. A command that is left out is not stated. It goes without saying that
 * nobody may do anything with another tenant's rows.
 * @example
 * rowsOf(app.notifications, { select: owner, insert: nobody, update: owner, delete: owner }, { columns: [app.notifications.read] });
 */
export function rowsOf(
  table: TableName,
  may: TableRules["may"],
  more: Omit<TableRules, "table" | "may"> = {},
): TableRules {
  return { table, may, ...more };
}

/**
 * Who may do what with the files of a bucket.
 * @example
 * filesOf("avatars", "user", { select: owner, insert: owner, update: owner, delete: owner });
 */
export function filesOf(
  bucket: string,
  folder: FileRules["folder"],
  may: FileRules["may"],
  more: Pick<FileRules, "moves"> = {},
): FileRules {
  return { bucket, folder, may, ...more };
}

/**
 * Who may receive and send in the private channels of each tenant, or of each user.
 * @example
 * channelsOf("tenant", (id) => `organization:${id}`, { receive: members, send: members });
 */
export function channelsOf(
  of: ChannelRules["of"],
  topic: ChannelRules["topic"],
  may: ChannelRules["may"],
): ChannelRules {
  return { of, topic, may };
}
