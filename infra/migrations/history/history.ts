/** One migration of a folder. */
export interface FolderMigration {
  /** Its name in messages, such as `20260105090000_baseline`. */
  readonly name: string;
  /** Its key in the table of migrations: the name, or the version that the name starts with. */
  readonly key: string;
  readonly script: string;
  readonly checksum: string;
  /** Checksums of equivalent texts, such as the one with other line ends. */
  readonly equalChecksums: readonly string[];
  /** Why `script` differs from the file, or can't be sent to a server. Names the file. */
  readonly fault?: string;
}

/** A record of a migration, or of one attempt to apply it, in a table of migrations. */
export interface MigrationRecord {
  readonly key: string;
  /** Its name in the folder, as far as the table knows it. */
  readonly name: string;
  /** Undefined if the table has none, for example because it is older than that column. */
  readonly checksum: string | undefined;
  /**
   * `failed`: started, and neither finished nor marked as rolled back. `interrupted`: the same, but nothing of it is
   * committed; it is running now, or its deployment was killed.
   */
  readonly state: "applied" | "failed" | "rolled back" | "interrupted";
  /** Undefined if the table has no times; its rows are in order then. */
  readonly startedAt: Date | undefined;
  /** The database's message about a failure. */
  readonly logs: string | null;
}

/** The folder compared with the database. Names are in the folder's order, or in the order in which they were started. */
export interface MigrationHistory {
  /** Applied, and unchanged in the folder since. */
  readonly applied: readonly string[];
  /** In the folder but not in the database, or interrupted: what a deployment will apply, in this order. */
  readonly pending: readonly string[];
  /** Those pending migrations that come before an applied one. */
  readonly outOfOrder: readonly string[];
  /** Applied, but the file has been changed since. */
  readonly edited: readonly string[];
  /** Started, and neither finished nor marked as rolled back. There is no deployment until somebody resolves it. */
  readonly failed: readonly FailedMigration[];
  /**
   * Started by a deployment and not finished: it is running now, or its deployment was killed and nothing of it was committed.
   * The next deployment applies it again; there is nothing to resolve.
   */
  readonly interrupted: readonly string[];
  /** Marked as rolled back and not applied since. Those in the folder are pending as well. */
  readonly rolledBack: readonly string[];
  /** In the database but not in the folder: the database is ahead of this checkout. */
  readonly missing: readonly string[];
}

export interface FailedMigration {
  readonly name: string;
  readonly startedAt: Date | undefined;
  /** The database's message. Null if none was recorded: the deployment was killed, or is running now. */
  readonly logs: string | null;
}

/**
 * Compares a folder with its records. A record that is marked as rolled back counts as absent. A failed migration, or
 * one without a recorded checksum, never counts as edited.
 */
export function compareHistory(
  folder: readonly FolderMigration[],
  records: readonly MigrationRecord[],
): MigrationHistory {
  const inOrder = [...records].sort((a, b) => (a.startedAt?.getTime() ?? 0) - (b.startedAt?.getTime() ?? 0));
  const inState = (state: MigrationRecord["state"]) => inOrder.filter((record) => record.state === state);
  const [failed, finished] = [inState("failed"), inState("applied")];
  const standing = inOrder.filter(({ state }) => state === "failed" || state === "applied");
  const standingKeys = new Set(standing.map(keyOf));
  const folderKeys = new Set(folder.map(keyOf));

  const finishedRecord = ({ key }: FolderMigration) => finished.find((record) => record.key === key);
  const settled = folder.filter(finishedRecord);
  const isUnchanged = (migration: FolderMigration) => hasChecksum(migration, finishedRecord(migration)?.checksum);
  const pending = folder.filter(({ key }) => !standingKeys.has(key));
  const last = folder.findLastIndex(({ key }) => standingKeys.has(key));

  return {
    applied: namesOf(settled.filter(isUnchanged)),
    pending: namesOf(pending),
    outOfOrder: namesOf(pending.filter((migration) => folder.indexOf(migration) < last)),
    edited: namesOf(settled.filter((migration) => !isUnchanged(migration))),
    failed: failed.map(({ name, startedAt, logs }) => ({ name, startedAt, logs })),
    interrupted: unique(namesOf(inState("interrupted"))),
    rolledBack: unique(namesOf(inState("rolled back").filter(({ key }) => !standingKeys.has(key)))),
    missing: unique(namesOf(standing.filter(({ key }) => !folderKeys.has(key)))),
  };
}

/** Whether this recorded checksum matches the current migration. */
export function hasChecksum({ checksum, equalChecksums }: FolderMigration, recorded: string | undefined): boolean {
  return recorded === undefined || recorded === checksum || equalChecksums.includes(recorded);
}

function keyOf({ key }: { readonly key: string }): string {
  return key;
}

function namesOf(migrations: readonly { readonly name: string }[]): readonly string[] {
  return migrations.map(({ name }) => name);
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}
