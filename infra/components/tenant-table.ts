import * as pulumi from "@pulumi/pulumi";
import type { SqlText, TableLike } from "../resources/sql/tag.ts";
import { type PrivilegesArgs, TableAccess } from "../resources/table-access/resource.ts";

export interface TenantTableArgs {
  /** The table; it has a column that names the tenant. */
  readonly table: TableLike;
  /** Rows that a signed-in user may read, insert and update: a condition on the table's columns. */
  readonly members: SqlText;
  /** Rows that a signed-in user may delete. Default: as `members`. */
  readonly deletedBy?: SqlText;
  /** What signed-in users may do at all. Default: select, insert, update, delete. */
  readonly privileges?: PrivilegesArgs;
}

/**
 * A table whose rows belong to tenants: one policy each for select, insert, update and delete by signed-in users, grants for them and for
 * the service role, nothing for anybody else. It makes one `TableAccess`.
 *
 * @example
 * new TenantTable("tasks", {
 *   table: app.tasks,
 *   members: sql`${app.tasks.organizationId} = any (array(select ${currentOrganizationIds}()))`,
 *   deletedBy: sql`${app.tasks.organizationId} = any (array(select ${currentAdminOrganizationIds}()))`,
 * });
 */
export class TenantTable extends pulumi.ComponentResource {
  readonly access: TableAccess;

  constructor(name: string, args: TenantTableArgs, options?: pulumi.ComponentResourceOptions) {
    super("palisade:components:TenantTable", name, {}, options);
    const { table, members, deletedBy = members, privileges = ["select", "insert", "update", "delete"] } = args;
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
        grants: { authenticated: privileges, service_role: servicePrivileges },
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}

/** The service role passes every policy, but not the grants: it gets what an application's server needs, and no TRUNCATE. */
export const servicePrivileges = ["select", "insert", "update", "delete"] as const;
