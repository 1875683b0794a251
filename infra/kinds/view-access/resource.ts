import type * as pulumi from "@pulumi/pulumi";
import type { ArgsOf } from "../../program/args.ts";
import { accessTo, DatabaseResource, tableOf } from "../../program/database-resource.ts";
import { tableName } from "../../program/table-inputs.ts";
import { refuseUndefined } from "../../sql/undefined-values.ts";
import type { viewAccessArgs } from "./args.ts";

/**
 * The arguments of a `ViewAccess`.
 * @example
 * const closed: ViewAccessArgs = { view: "public.task_totals", grants: { service_role: ["select"] } };
 */
export interface ViewAccessArgs extends ArgsOf<typeof viewAccessArgs> {}

/**
 * Everything that decides who may do what with a view, materialised view or foreign table that a migration creates: its
 * grants, its owner, and with whose rights a view reads. Its definition stays with the migration.
 *
 * `securityInvoker` is true unless the program says otherwise: the view reads with the caller's rights, and the
 * policies of the tables apply to the caller. A view without it shows everybody who may select from it whatever its
 * owner may see. CREATE OR REPLACE VIEW resets the option, and DROP VIEW followed by CREATE VIEW the grants, too. After
 * a migration has done so, the declared state is restored in the migration's own transaction.
 *
 * Deleting the resource revokes the view's grants; its options and its owner stay.
 *
 * Errors at preview: a view, role or column that does not exist; a table or sequence; a materialised view or foreign
 * table without `securityInvoker: false`; a view that another resource declares.
 *
 * Warnings at preview: a privilege on the view that a policy needs and a role lacks.
 *
 * @example
 * new ViewAccess("task_totals", { view: "public.task_totals", grants: { authenticated: ["select"], service_role: ["select"] } });
 * @example
 * new ViewAccess("public_statistics", { view: "public.statistics", securityInvoker: false, grants: { anon: ["select"] } });
 * @see https://www.postgresql.org/docs/current/sql-createview.html
 * @see https://supabase.com/docs/guides/database/database-advisors?lint=0010_security_definer_view
 */
export class ViewAccess extends DatabaseResource {
  declare readonly view: pulumi.Output<string>;

  constructor(name: string, args: ViewAccessArgs, options?: pulumi.CustomResourceOptions) {
    refuseUndefined(`ViewAccess ${name}`, args, ["view"]);
    super({
      kind: "ViewAccess",
      name,
      args,
      options,
      describe: (known) => {
        const view = known(tableName(args.view));
        const found = tableOf(view);
        return { makes: accessTo(found), needed: [view] };
      },
    });
  }
}
