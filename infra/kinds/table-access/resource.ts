import type * as pulumi from "@pulumi/pulumi";
import { DatabaseResource, tableOf } from "../../program/database-resource.ts";
import { knownText, type TableInput, tableName, withTexts } from "../../program/table-inputs.ts";
import type { ColumnReference } from "../../sql/reference.ts";
import { refuseUndefined } from "../../sql/undefined-values.ts";
import type { PolicyDefinitionArgs } from "../policy/resource.ts";

type TablePrivilege = "select" | "insert" | "update" | "delete" | "truncate" | "references" | "trigger" | "maintain";

/** A privilege; with the grant option, the role may grant it to others. */
type Privilege = TablePrivilege | `${TablePrivilege} with grant option`;

/**
 * A role's privileges on a table: `"all"`; a list of privileges on the whole table; or, by privilege, `true` (the whole table) or a list of
 * columns. `[true, "title"]` is both, as `pulumi import` may find it.
 * @example
 * const privileges: PrivilegesArgs = { select: true, insert: [app.tasks.title], update: [app.tasks.title] };
 */
export type PrivilegesArgs =
  | "all"
  | readonly Privilege[]
  | { readonly [privilege in Privilege]?: true | readonly (true | string | ColumnReference)[] };

/**
 * The arguments of a `TableAccess`.
 * @example
 * const closed: TableAccessArgs = { table: "public.audit", grants: { service_role: ["select", "insert"] } };
 */
export interface TableAccessArgs {
  /** The table, such as `app.tasks` or `"public.tasks"`. Changing it replaces the resource. */
  readonly table: TableInput;
  /** The table's owner, who needs no grant and, unless row-level security is forced, no policy. Default: the role that deploys. */
  readonly owner?: pulumi.Input<string>;
  /** Whether row-level security is on. Default: true. */
  readonly rowSecurity?: pulumi.Input<boolean>;
  /** Whether row-level security holds for the table's owner as well. Default: false. */
  readonly forceRowSecurity?: pulumi.Input<boolean>;
  /** The table's policies by name. Any other policy on the table is drift: the preview shows it, and the update drops it. Default: none. */
  readonly policies?: { readonly [name: string]: PolicyDefinitionArgs };
  /** Privileges by role. Any other grant, except the owner's, is drift: the preview shows it, and the update revokes it. Default: none. */
  readonly grants?: { readonly [role: string]: PrivilegesArgs };
}

/**
 * Everything that decides who may do what with one table: row-level security, the policies, and the grants on the table and its columns.
 * They are changed together in one transaction, so row-level security is never on without its policies, and no policy is dropped before
 * its successor exists.
 *
 * Deleting the resource drops its policies and revokes its grants; row-level security stays on.
 *
 * Errors at preview: the database's message on a condition; a role, column or table that does not exist; a table that another resource
 * owns; a table of the platform's (use `Policy`).
 *
 * Warnings at preview: a right that a condition needs and a role lacks, so that each of the role's queries would fail; a function that a
 * condition calls and whose types or tables a caller can replace by their own. See docs/helper-functions.md.
 *
 * @example
 * new TableAccess("tasks", {
 *   table: app.tasks,
 *   grants: { authenticated: ["select", "insert", "update", "delete"], service_role: "all" },
 *   policies: {
 *     tasks_select: { command: "select", roles: ["authenticated"], using: sql`${app.tasks.organizationId} = any (array(select ${currentOrganizationIds}()))` },
 *   },
 * });
 * @see https://www.postgresql.org/docs/current/ddl-rowsecurity.html
 */
export class TableAccess extends DatabaseResource {
  declare readonly table: pulumi.Output<string>;

  constructor(name: string, args: TableAccessArgs, options?: pulumi.CustomResourceOptions) {
    refuseUndefined(`TableAccess ${name}`, args, ["table"]);
    const policies = Object.entries(args.policies ?? {}).map(([key, policy]) => [key, withTexts(policy)]);
    const grants = Object.entries(args.grants ?? {}).map(([role, privileges]) => [role, columnNames(privileges)]);
    const properties = {
      ...args,
      table: tableName(args.table),
      policies: Object.fromEntries(policies),
      grants: Object.fromEntries(grants),
    };
    super({
      kind: "TableAccess",
      name,
      properties,
      options,
      tables: [args.table],
      describe: (known) => {
        const table = tableOf(known(properties.table));
        const conditions = Object.values(args.policies ?? {}).flatMap(({ using, withCheck }) => [using, withCheck]);
        return {
          makes: table && { kind: "access", table },
          needed: [known(properties.table), ...conditions.map((condition) => knownText(condition, known))],
        };
      },
    });
  }
}

function columnNames(privileges: PrivilegesArgs): unknown {
  if (typeof privileges === "string" || Array.isArray(privileges)) return privileges;
  const named = Object.entries(privileges).map(([privilege, columns]) => [
    privilege,
    Array.isArray(columns)
      ? columns.map((column: true | string | ColumnReference) => (typeof column === "object" ? column.name : column))
      : columns,
  ]);
  return Object.fromEntries(named);
}
