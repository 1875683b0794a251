import * as pulumi from "@pulumi/pulumi";
import { type PrivilegesArgs, TableAccess } from "../kinds/table-access/resource.ts";
import type { ColumnFacts } from "../prisma/reference.ts";
import { ColumnReference } from "../sql/reference.ts";
import type { SqlText, TableLike } from "../sql/tag.ts";
import { readTokens, UnreadableBody } from "../sql/tokens.ts";
import { refuseUndefined } from "../sql/undefined-values.ts";

export interface TenantTableArgs {
  /** The table; it has a column that names the tenant. */
  readonly table: TableLike & { readonly $columns?: ColumnFacts };
  /** Rows that a signed-in user may read, insert and update: a condition on the table's columns, best as values (`app.tasks.organizationId`). */
  readonly members: SqlText;
  /** Rows that a signed-in user may delete. Default: as `members`. */
  readonly deletedBy?: SqlText;
  /**
   * What signed-in users may do at all. Default: select, insert, update, delete. Insert and update of "the whole table" leave out the columns of
   * `computed` and `fixed`, and update the primary key; a list of columns, and `"all"`, is granted as it is written.
   */
  readonly privileges?: PrivilegesArgs;
  /**
   * Columns that the database fills in, and users neither insert nor change: identifiers, times, who is asking. A user who chose an identifier
   * would learn from a refused one that another tenant's row has it. Default: those with a default that the database computes for each row, by
   * schema.prisma: `now()`, `autoincrement()`, `dbgenerated(…)` unless it holds a plain value (`dbgenerated("'{}'::text[]")`). Not `uuid()`,
   * `cuid()` and `@updatedAt`, which Prisma's client writes.
   */
  readonly computed?: readonly ColumnReference[];
  /**
   * Columns that users insert and never change, because they say whose the row is: a member of two tenants would otherwise carry rows from one
   * to the other. The primary key is always among them. Default: the required foreign keys that `members` tests, by schema.prisma. Where it
   * tests none of them, nor the primary key, `fixed` must be given: `[]` where no column says whose a row is.
   */
  readonly fixed?: readonly ColumnReference[];
}

/**
 * A table whose rows belong to tenants: one policy each for select, insert, update and delete by signed-in users, grants for them and for
 * the service role, nothing for anybody else. It makes one `TableAccess`.
 *
 * Users write the columns that are theirs to write. With a table of `npm run generate`, below, they insert neither `id` nor `created_at`, and
 * change neither those nor `organization_id`. The database answers `permission denied` to a request that does, and the contract's types for
 * inserts and updates do not have those columns. A row's owner is its column's default, from the token:
 * `@default(dbgenerated("auth.uid()"))`. Give `computed` or `fixed`, empty if need be, where an application has to choose, say, the identifiers of
 * its rows. A table made with `defineTable` alone says nothing of its columns, and whole rows are granted unless those are given.
 *
 * An upsert over the API sets the columns that it sends, the key with them, so it takes a list of columns in `privileges`.
 *
 * Errors, when the program runs: a column of another table in `computed` or `fixed`; no column in `members` that says whose a row is.
 *
 * @example
 * new TenantTable("tasks", {
 *   table: app.tasks,
 *   members: sql`${app.tasks.organizationId} = any (array(select ${currentOrganizationIds}()))`,
 *   deletedBy: sql`${app.tasks.organizationId} = any (array(select ${currentAdminOrganizationIds}()))`,
 * });
 * @example
 * // Users make notifications of nobody, and change only whether they have read one.
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
    const { table, members, deletedBy = members } = args;
    const roles = ["authenticated"];
    const key = table.$table.name;
    this.access = new TableAccess(
      name,
      {
        table,
        policies: {
          [`${key}_select`]: { command: "select", roles, using: members },
          [`${key}_insert`]: { command: "insert", roles, withCheck: members },
          [`${key}_update`]: { command: "update", roles, using: members, withCheck: members },
          [`${key}_delete`]: { command: "delete", roles, using: deletedBy },
        },
        grants: { authenticated: privilegesOfUsers(name, args), service_role: servicePrivileges },
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}

/** The service role passes every policy, but not the grants: it gets what an application's server needs, and no TRUNCATE. */
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
        "Users could carry rows to another tenant. Give fixed: the columns that they never change, or [] where they may change any",
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
