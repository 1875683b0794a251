import { runQueries } from "../catalog/read.ts";
import { formattedName, isUserSchema } from "../catalog/rows.ts";
import type { Session } from "../database/database.ts";

/** A rewrite rule of a table: it adds to or replaces commands on the table, with the rights of the table's owner. */
export interface RewriteRule {
  /** `public.notes` */
  readonly table: string;
  readonly name: string;
  readonly event: "insert" | "update" | "delete";
  readonly definition: string;
}

/** All rules except those that define views. */
export async function readRewriteRules(session: Session): Promise<readonly RewriteRule[]> {
  const [rows = []] = await runQueries(session, [
    `select coalesce(json_agg(json_build_object('table', ${formattedName("n.nspname", "c.relname")}, 'name', r.rulename,
      'event', case r.ev_type when '2' then 'update' when '3' then 'insert' else 'delete' end, 'definition', pg_catalog.pg_get_ruledef(r.oid)) order by n.nspname, c.relname, r.rulename), '[]') as rows
    from pg_catalog.pg_rewrite r join pg_catalog.pg_class c on c.oid = r.ev_class join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where r.ev_type <> '1' and r.ev_enabled in ('O', 'A') and ${isUserSchema}`,
  ]);
  return rows as unknown as readonly RewriteRule[];
}
