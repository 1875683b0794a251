import type { MigrationHistory } from "../../infra/migrations/history/history.ts";

/** A folder without migrations beside a database without any; tests say what differs. */
export const emptyHistory: MigrationHistory = {
  applied: [],
  pending: [],
  outOfOrder: [],
  edited: [],
  failed: [],
  interrupted: [],
  rolledBack: [],
  missing: [],
};
