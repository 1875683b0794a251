/** One migration as a folder holds it. */
export interface FolderMigration {
  /** As people and messages call it, such as `20260105090000_baseline`. */
  readonly name: string;
  /** What tells it from the others in the table of migrations: its name, or the version that the name begins with. */
  readonly key: string;
  readonly script: string;
  readonly checksum: string;
  /** Checksums of texts that mean the same, such as the one with other line ends. */
  readonly equalChecksums: readonly string[];
  /** Why `script` is not what the file holds, or can't be sent to a server; it names the file. */
  readonly fault?: string;
}

/** What a table of migrations says of one of them, or of one attempt to apply it. */
export interface MigrationRecord {
  readonly key: string;
  /** As the folder called it, as far as the table knows. */
  readonly name: string;
  /** Undefined where the table has none, as in one that is older than that column. */
  readonly checksum: string | undefined;
  /**
   * `failed`: begun, and neither finished nor marked as rolled back. `interrupted`: the same, and nothing of it is committed: it is
   * running now, or its deployment was killed.
   */
  readonly state: "applied" | "failed" | "rolled back" | "interrupted";
  /** Undefined where the table knows no times; its rows are in order then. */
  readonly startedAt: Date | undefined;
  /** The database's message about a failure. */
  readonly logs: string | null;
}

/** The folder compared with the database. Names are in the folder's order, or in the order in which they were started. */
export interface MigrationHistory {
  /** Applied, and unchanged in the folder since. */
  readonly applied: readonly string[];
  /** In the folder but not in the database, or interrupted: what a deployment applies, in this order. */
  readonly pending: readonly string[];
  /** Those of the pending that come before one that is applied. */
  readonly outOfOrder: readonly string[];
  /** Applied, but the file has been changed since. */
  readonly edited: readonly string[];
  /** Started, and neither finished nor marked as rolled back: no deployment until somebody resolves it. */
  readonly failed: readonly FailedMigration[];
  /**
   * Started by a deployment and not finished: it is running now, or its deployment was killed and nothing of it was committed.
   * The next deployment applies it again; there is nothing to resolve.
   */
  readonly interrupted: readonly string[];
  /** Marked as rolled back and not applied since. Those in the folder are pending as well. */
  readonly rolledBack: readonly string[];
  /** In the database and not in the folder: the database is ahead of this checkout. */
  readonly missing: readonly string[];
}

export interface FailedMigration {
  readonly name: string;
  readonly startedAt: Date | undefined;
  /** The database's message. Null if none was recorded: the deployment was killed, or is running now. */
  readonly logs: string | null;
}

/**
 * Compares a folder with the records of it. A record that was marked as rolled back counts as absent, and a failed migration is never
 * called edited. One without a checksum is not, either: nobody knows.
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

/** Whether a record with this checksum is of the migration as it is now. */
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
