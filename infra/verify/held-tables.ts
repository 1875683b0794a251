import { formattedName } from "../catalog/rows.ts";
import type { Session } from "../database/database.ts";
import { InputError } from "../errors/errors.ts";
import { listWords } from "../values/list-words.ts";

/**
 * Checks that the role that makes the rows sees all of them.
 * @throws {InputError} if row-level security applies to the role that makes the rows: it would only show that role's
 * own access
 */
export async function refuseHeldRole(session: Session, tables: readonly string[]): Promise<void> {
  const results = await session.run(
    `select current_user as role, ${formattedName("n.nspname", "c.relname")} as id
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relrowsecurity and pg_catalog.row_security_active(c.oid) order by 2`,
  );
  const held = (results.at(-1) ?? []).filter(({ id }) => tables.includes(String(id)));
  if (held.length === 0) return;
  const names = held.map(({ id }) => String(id));
  throw new InputError(
    `nothing was tried, because row-level security holds the role ${held[0]?.role} itself in ${listWords(names, 5)}, so that it can't make everybody's rows; connect as postgres, or as a role with BYPASSRLS`,
  );
}
