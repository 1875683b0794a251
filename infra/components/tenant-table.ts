import * as pulumi from "@pulumi/pulumi";
import { type PrivilegesArgs, TableAccess } from "../kinds/table-access/resource.ts";
import type { ColumnFacts } from "../prisma/reference.ts";
import { ColumnReference } from "../sql/reference.ts";
import type { SqlText, TableLike } from "../sql/tag.ts";
import { readTokens, UnreadableBody } from "../sql/tokens.ts";
import { refuseUndefined } from "../sql/undefined-values.ts";

/**
 * The arguments of a `TenantTable`.
 * @example
 * const readOnly: TenantTableArgs = {
 *   table: app.projects,
 *   members: sql`${app.projects.organizationId} = any (array(select ${currentOrganizationIds}()))`,
 *   privileges: ["select"],
 * };
 */
export interface TenantTableArgs {
  /** The table. One of its columns says which tenant a row belongs to. */
  readonly table: TableLike & { readonly $columns?: ColumnFacts };
  /** The rows that a signed-in user may read, insert and update: a condition on the table's columns, best written as values (`app.tasks.organizationId`). */
  readonly members: SqlText;
  /** The rows that a signed-in user may delete. Default: the same as `members`. */
  readonly deletedBy?: SqlText;
  /**
   * The privileges of signed-in users. Default: select, insert, update, delete. Without a list of columns, insert leaves out the `computed`
   * columns, and update leaves out the `computed` and `fixed` columns and the primary key. A list of columns, and `"all"`, is granted as written.
   */
  readonly privileges?: PrivilegesArgs;
  /**
   * The columns that the database fills in and that users neither insert nor change: identifiers, times, the user's own id. (A user who can
   * choose an identifier learns from a refusal that another tenant's row has it.) Default: the columns for which the database computes a
   * default for each row, according to schema.prisma: `now()`, `autoincrement()`, and `dbgenerated(…)` unless it holds a constant
   * (`dbgenerated("'{}'::text[]")`). Not `uuid()`, `cuid()` and `@updatedAt`: these values come from Prisma's client.
   */
  readonly computed?: readonly ColumnReference[];
  /**
   * The columns that users insert but never change, because they say which tenant the row belongs to: otherwise a member of two tenants could
   * move rows from one to the other. The primary key is always one of them. Default: the required foreign keys in schema.prisma that
   * `members` tests. If `members` tests neither one of these nor the primary key, `fixed` is required; `[]` if there is no such column.
   */
  readonly fixed?: readonly ColumnReference[];
}

/**
 * A table whose rows belong to tenants. It declares one `TableAccess`: a policy each for select, insert, update and delete by signed-in
 * users, and grants for them and for the service role. Nobody else gets anything.
 *
 * Users can write only some of the columns. In the first example, whose table comes from `npm run generate`, they don't insert `id` and
 * `created_at`, and update neither these nor `organization_id`. The database answers `permission denied` to a request that does, and the
 * contract's types for inserts and updates lack those columns. To record who created a row, give the column a default from the token:
 * `@default(dbgenerated("auth.uid()"))`. If your application chooses the identifiers of its rows, say, give `computed` or `fixed`; they may
 * be empty. With a table from `defineTable` without facts about its columns, users get whole rows unless you give `computed` and `fixed`.
 *
 * An upsert over the API updates every column that it sends, the key included. So it needs a list of columns in `privileges`.
 *
 * Errors when the program runs: a column of another table in `computed` or `fixed`; no column in `members` that says which tenant a row
 * belongs to.
 *
 * @example
 * new TenantTable("tasks", {
 *   table: app.tasks,
 *   members: sql`${app.tasks.organizationId} = any (array(select ${currentOrganizationIds}()))`,
 *   deletedBy: sql`${app.tasks.organizationId} = any (array(select ${currentAdminOrganizationIds}()))`,
 * });
 * @example
 * // Users create no notifications, and change only whether they have read one.
 * new TenantTable("notifications", {
 *   table: app.notifications,
 *   members: sql`${app.notifications.userId} = (select ${currentUserId}())`,
 *   privileges: { select: true, update: [app.notifications.read], delete: true },
 * });
 * @see https://www.postgresql.org/docs/current/sql-grant.html
 */
export class TenantTable extends pulumi.ComponentResource {
  readonly access: TableAccess;

  constructor(name: string, args: TenantTableArgs, options?: pulumi.ComponentResourceOptions) {
    refuseUndefined(`TenantTable ${name}`, args, ["table", "members"]);
    super("palisade:components:TenantTable", name, {}, options);
    this.access = new TableAccess(name, tenantTableAccess(name, args), { parent: this });
    this.registerOutputs({});
  }
}

/** The table's access that a `TenantTable` declares. */
export function tenantTableAccess(name: string, args: TenantTableArgs) {
  const { table, members, deletedBy = members } = args;
  const roles = ["authenticated"];
  const key = table.$table.name;
  return {
    table,
    policies: {
      [`${key}_select`]: { command: "select", roles, using: members },
      [`${key}_insert`]: { command: "insert", roles, withCheck: members },
      [`${key}_update`]: { command: "update", roles, using: members, withCheck: members },
      [`${key}_delete`]: { command: "delete", roles, using: deletedBy },
    },
    grants: { authenticated: privilegesOfUsers(name, args), service_role: servicePrivileges },
  } as const;
}

/**
 * What an application's server needs on a table: select, insert, update and delete, but not TRUNCATE. The service role bypasses policies,
 * and still needs grants.
 * @example
 * new TableAccess("audit", { table: "public.audit", grants: { service_role: servicePrivileges } });
 * @see https://supabase.com/docs/guides/database/postgres/roles
 */
export const servicePrivileges = ["select", "insert", "update", "delete"] as const;

type Columns = true | readonly ColumnReference[];

function privilegesOfUsers(name: string, args: TenantTableArgs): PrivilegesArgs {
  const { privileges = servicePrivileges } = args;
  if (privileges === "all") return privileges;
  const asked = Array.isArray(privileges)
    ? Object.fromEntries(privileges.map((privilege: string) => [privilege, true as const]))
    : privileges;
  const updatesRows = Object.entries(asked).some(([privilege, columns]) => isUpdate(privilege) && columns === true);
  const { insert, update } = writableColumns(name, args, updatesRows);
  if (insert === true && update === true) return privileges;
  const narrowed = Object.entries(asked).flatMap(([privilege, columns]) => {
    const writable = /^insert\b/.test(privilege) ? insert : isUpdate(privilege) ? update : true;
    const granted = columns === true ? writable : columns;
    return granted === true || granted.length > 0 ? [[privilege, granted]] : [];
  });
  return Object.fromEntries(narrowed);
}

/** The columns that users insert, and those that they change; `true`: all of them. */
function writableColumns(
  name: string,
  { table, members, computed, fixed }: TenantTableArgs,
  updatesRows: boolean,
): { readonly insert: Columns; readonly update: Columns } {
  const facts = table.$columns;
  const columns = facts?.all ?? Object.values(table).filter((value) => value instanceof ColumnReference);
  for (const [property, given] of Object.entries({ computed, fixed })) {
    const foreign = given?.find((column) => !columns.some((one) => isSame(one, column)));
    if (foreign === undefined) continue;
    throw new pulumi.RunError(`TenantTable ${name}: ${property}: ${foreign.name} is no column of ${table.$table.name}`);
  }
  const insert = computed ?? facts?.computed ?? [];
  const unchanging = [...insert, ...(facts?.key ?? [])];
  const owners = facts?.owners.filter((owner) => testsColumn(members, owner)) ?? [];
  if (facts && !fixed && updatesRows && ![...owners, ...unchanging].some((column) => testsColumn(members, column))) {
    throw new pulumi.RunError(
      `TenantTable ${name}: members tests no column that says whose a row is: no required foreign key of ${table.$table.name}, and not its primary key. ` +
        "Users could move rows to another tenant. Give fixed: the columns that they never change, or [] where they may change any",
    );
  }
  const without = (excluded: readonly ColumnReference[]): Columns =>
    excluded.length === 0 ? true : columns.filter((column) => !excluded.some((one) => isSame(one, column)));
  return { insert: without(insert), update: without([...unchanging, ...(fixed ?? owners)]) };
}

function isUpdate(privilege: string): boolean {
  return /^update\b/.test(privilege);
}

/** Whether a condition names the column, as a value or in its text. An unqualified name in a sub-select counts: better one column too many. */
function testsColumn({ columns, known }: SqlText, column: ColumnReference): boolean {
  return (
    columns.some((one) => isSame(one, column)) ||
    namesInText(known).some((name) => name === column.name || name === `${column.table.name}.${column.name}`)
  );
}

/** The names in a text, each after the one that qualifies it. */
function namesInText(text: string): readonly string[] {
  try {
    const tokens = readTokens(text);
    return tokens.flatMap(({ kind, value }, index) => {
      if (kind !== "word" && kind !== "name") return [];
      return tokens[index - 1]?.value === "." ? `${tokens[index - 2]?.value}.${value}` : value;
    });
  } catch (error) {
    if (!(error instanceof UnreadableBody)) throw error;
    return [];
  }
}

function isSame(left: ColumnReference, right: ColumnReference): boolean {
  return left.name === right.name && left.table.name === right.table.name && left.table.schema === right.table.schema;
}
