import type * as pulumi from "@pulumi/pulumi";
import type { privilegesArgs } from "../../desired/grants-args.ts";
import type { ArgOf, ArgsOf } from "../../program/args.ts";
import { accessTo, DatabaseResource, tableOf } from "../../program/database-resource.ts";
import { knownText, tableName } from "../../program/table-inputs.ts";
import { refuseUndefined } from "../../sql/undefined-values.ts";
import type { tableAccessArgs } from "./args.ts";

/**
 * A role's privileges on a table or view: `"all"`; a list of privileges on the whole table; or, by privilege, `true`
 * (the whole table) or a list of columns. `[true, "title"]` is both, as `pulumi import` may find it.
 * @example
 * const privileges: PrivilegesArgs = { select: true, insert: [app.tasks.title], update: [app.tasks.title] };
 * @see https://www.postgresql.org/docs/current/ddl-priv.html
 */
export type PrivilegesArgs = ArgOf<typeof privilegesArgs>;

/**
 * The arguments of a `TableAccess`.
 * @example
 * const closed: TableAccessArgs = { table: "public.audit", grants: { service_role: ["select", "insert"] } };
 */
export interface TableAccessArgs extends ArgsOf<typeof tableAccessArgs> {}

/**
 * Everything that decides who may do what with one table: row-level security, the policies, and the grants on the table
 * and its columns. They are changed together in one transaction, so row-level security is never on without its
 * policies, and no policy is dropped before its successor exists.
 *
 * Deleting the resource drops its policies and revokes its grants; row-level security stays on.
 *
 * Errors at preview: the database's message on a condition; a role, column or table that does not exist; a table that
 * another resource owns; one of the platform's tables (use `Policy`).
 *
 * Warnings at preview: a privilege that a condition needs and a role lacks, so that each of the role's queries would
 * fail; a function called by a condition, in which a caller can shadow types or tables (see `DatabaseFunction`).
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
    super({
      kind: "TableAccess",
      name,
      args,
      options,
      describe: (known) => {
        const table = tableName(args.table);
        const found = tableOf(known(table));
        const conditions = Object.values(args.policies ?? {}).flatMap(({ using, withCheck }) => [using, withCheck]);
        return {
          makes: accessTo(found),
          needed: [known(table), ...conditions.map((condition) => knownText(condition, known))],
        };
      },
    });
  }
}
