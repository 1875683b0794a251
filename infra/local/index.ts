export {
  ensureLocalDatabase,
  isLocalDatabase,
  type LocalDatabase,
  type LocalDatabaseOptions,
  removeLocalDatabase,
} from "./local-database.ts";
export type { Major } from "./major.ts";
