import type { Session } from "../../database/database.ts";

/** Work that belongs into a migration's own transaction: it is done together with the migration, or not at all. */
export interface MigrationHooks {
  before(session: Session): Promise<void>;
  after(session: Session): Promise<void>;
}

/**
 * Says what goes along with a part of a migration's script that is one transaction; undefined where nothing does. What was carried out
 * outside of transactions, or before the hooks were asked for, counts as part of the next transaction, which may be an empty one.
 */
export type FindHooks = (migration: string, part: string) => Promise<MigrationHooks | undefined>;
