import type * as pulumi from "@pulumi/pulumi";
import type { sequencePrivilegesArgs } from "../../desired/grants-args.ts";
import type { ArgOf, ArgsOf } from "../../program/args.ts";
import { accessTo, DatabaseResource, tableOf } from "../../program/database-resource.ts";
import { refuseUndefined } from "../../sql/undefined-values.ts";
import type { sequenceAccessArgs } from "./args.ts";

/**
 * A role's privileges on a sequence: `"all"`, or a list. `usage` allows `nextval` and `currval`, `select` reading and `currval`, `update`
 * `nextval` and `setval`.
 * @example
 * const privileges: SequencePrivilegesArgs = ["usage", "select"];
 * @see https://www.postgresql.org/docs/current/ddl-priv.html
 */
export type SequencePrivilegesArgs = ArgOf<typeof sequencePrivilegesArgs>;

/**
 * The arguments of a `SequenceAccess`.
 * @example
 * const args: SequenceAccessArgs = { sequence: "public.invoice_numbers", grants: { service_role: ["usage"] } };
 */
export interface SequenceAccessArgs extends ArgsOf<typeof sequenceAccessArgs> {}

/**
 * Who may draw numbers from a sequence, read it and set it, and who owns it. Its definition stays with the migration.
 *
 * A `serial` column needs `usage` on its sequence for each role that inserts; an identity column needs nothing.
 * Supabase's older default privileges grant everything on both to everybody, which lets anyone reset the counter:
 * declare such sequences without grants.
 *
 * Deleting the resource revokes the sequence's grants; its owner stays.
 *
 * Errors at preview: a sequence or role that does not exist; a table or view; an owner other than the table's, if the
 * sequence belongs to a column; a sequence that another resource declares.
 *
 * @example
 * new SequenceAccess("invoice numbers", { sequence: "public.invoice_numbers", grants: { authenticated: ["usage"] } });
 * @see https://www.postgresql.org/docs/current/sql-createsequence.html
 */
export class SequenceAccess extends DatabaseResource {
  declare readonly sequence: pulumi.Output<string>;

  constructor(name: string, args: SequenceAccessArgs, options?: pulumi.CustomResourceOptions) {
    refuseUndefined(`SequenceAccess ${name}`, args, ["sequence"]);
    super({
      kind: "SequenceAccess",
      name,
      args,
      options,
      describe: (known) => {
        const sequence = known(args.sequence);
        const found = tableOf(sequence);
        return { makes: accessTo(found), needed: [sequence] };
      },
    });
  }
}
