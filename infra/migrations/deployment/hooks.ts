import type { Session } from "../../database/database.ts";

/** Work in a migration's own transaction: it is committed together with the migration, or not at all. */
export interface MigrationHooks {
  before(session: Session): Promise<void>;
  after(session: Session): Promise<void>;
}

/**
 * Finds the hooks for a part of a script that is one transaction; undefined if there are none. What ran outside of transactions before it
 * counts as part of this transaction, which may itself be empty.
 */
export type FindHooks = (migration: string, part: string) => Promise<MigrationHooks | undefined>;
