import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connectionSettings } from "../database/connection.ts";
import { describeError, InputError } from "../errors/errors.ts";
import { projectCommand } from "../settings/project-command.ts";
import { projectDirectory as ownProjectDirectory } from "../settings/project-folder.ts";
import { withFileLock } from "../system/file-lock.mjs";
import { chooseAccount } from "./account.ts";
import { prepareBinaries, removeCopiedBinaries } from "./binaries.ts";
import { Cluster, superuser } from "./cluster.ts";
import { ensureProjectFolder, ensureServerFolder, fingerprintProject, folderOutside, locateFiles } from "./folders.ts";
import { chooseMajor, type Major, majors } from "./major.ts";
import {
  canBeUpdated,
  fingerprintPlatform,
  fingerprintRepeatable,
  installPlatform,
  updatePlatform,
  writeUrl,
} from "./platform.ts";
import { choosePort, startOnFreePort } from "./ports.ts";
import { findPostmaster, hasLostFolder, stopPostmaster } from "./postmaster.ts";
import { type DatabaseRecord, readRecord, writeRecord } from "./record.ts";
import { removeLeftServers } from "./temporary-server.ts";

/** A running database that behaves as a hosted Supabase project. */
export interface LocalDatabase {
  /** Connects as `postgres`, which is not a superuser, as on a hosted project. */
  readonly url: string;
  /** Connects as `supabase_admin`, which hosted projects don't give access to. For tests and repairs. */
  readonly superuserUrl: string;
  readonly port: number;
  readonly major: Major;
}

/** Which database, and where to report progress. */
export interface LocalDatabaseOptions {
  /** The clone. Default: the one that contains this code. */
  readonly projectDirectory?: string;
  /** 15, 17 or 18. Default: the environment variable PALISADE_POSTGRES, else 17. */
  readonly major?: Major;
  /** Called for each step that takes noticeable time. */
  readonly report?: (line: string) => void;
}

/**
 * Returns the clone's local database, which is created and started if necessary and then left running. Each clone and
 * each major version has its own database, on its own port, in the ignored folder `.palisade`. Takes a millisecond
 * if it is running, a tenth of a second if it has to be started, and one to three seconds the first time.
 *
 * @example
 * const { url } = await ensureLocalDatabase({ report: console.log });
 */
export async function ensureLocalDatabase(options: LocalDatabaseOptions = {}): Promise<LocalDatabase> {
  const { projectDirectory = ownProjectDirectory, report = () => {} } = options;
  const major = chooseMajor(options.major);
  const place = findPlace(projectDirectory, major);
  const found = findRunning(place);
  const running =
    found !== undefined && !isOutdated(found.record)
      ? found
      : await withFileLock(
          place.lockFile,
          async () => update(place, findRunning(place) ?? (await start(place, report)), report),
          {
            onWait: () => report("Waiting for another command to start the local database."),
          },
        );
  if (!canBeUpdated(running.record.platform)) {
    report(
      `The local database was made by another version of this package. \`${projectCommand("down")}\` removes it; then start again.`,
    );
  }
  return {
    url: writeUrl({ ...running, user: "postgres", password: running.record.password, database: "postgres" }),
    superuserUrl: writeUrl({
      ...running,
      user: superuser,
      password: running.record.superuserPassword,
      database: "postgres",
    }),
    port: running.port,
    major,
  };
}

/** Whether a server that can be reached under this connection string is the clone's local database. */
export function isLocalDatabase(connectionString: string, projectDirectory: string): boolean {
  const { host, port } = connectionSettings(connectionString).client;
  const mayBe = (host === "localhost" || host === "127.0.0.1") && existsSync(locateFiles(projectDirectory).folder);
  return mayBe && findRunning(findPlace(projectDirectory, chooseMajor()))?.port === port;
}

/**
 * Stops the clone's local databases, of all major versions, and deletes their data.
 * @returns whether there was any
 */
export async function removeLocalDatabase(
  options: Pick<LocalDatabaseOptions, "projectDirectory" | "report"> = {},
): Promise<boolean> {
  const { projectDirectory = ownProjectDirectory, report = () => {} } = options;
  const places = majors.map((major) => findPlace(projectDirectory, major));
  let hasRemoved = false;
  for (const place of places) {
    const work = async () => {
      hasRemoved = (await remove(place, report)) || hasRemoved;
    };
    await withFileLock(place.lockFile, work, {
      onWait: () => report("Waiting for another command that starts the local database."),
    });
    removeCopiedBinaries(place.projectFolder);
  }
  for (const folder of [ensureProjectFolder(projectDirectory), folderOutside(projectDirectory)]) {
    if (existsSync(folder)) await removeLeftServers(folder);
  }
  rmSync(folderOutside(projectDirectory), { recursive: true, force: true });
  return hasRemoved;
}

/** The paths for the database of one clone and major version. */
interface Place {
  readonly projectDirectory: string;
  readonly projectFolder: string;
  readonly major: Major;
  readonly folder: string;
  readonly recordFile: string;
  readonly lockFile: string;
}

interface Running {
  readonly record: DatabaseRecord;
  readonly port: number;
}

function findPlace(projectDirectory: string, major: Major): Place {
  const projectFolder = ensureProjectFolder(projectDirectory);
  const folder = join(projectFolder, `postgres-${major}`);
  return {
    projectDirectory,
    projectFolder,
    major,
    folder,
    recordFile: join(folder, "server.json"),
    lockFile: join(projectFolder, `postgres-${major}.lock`),
  };
}

function findRunning(place: Place): Running | undefined {
  const record = readRecord(place.recordFile);
  const postmaster = record && findPostmaster(join(record.folder ?? place.folder, "data"));
  return record !== undefined && postmaster?.ready ? { record, port: postmaster.port } : undefined;
}

async function start(place: Place, report: (line: string) => void): Promise<Running> {
  const account = chooseAccount();
  const serverFolder = ensureServerFolder(place.projectDirectory, account);
  const known = readRecord(place.recordFile);
  const named = known && (known.folder ?? place.folder);
  const folder = findData(place, serverFolder, named) ?? named ?? join(serverFolder, `postgres-${place.major}`);
  for (const needed of [place.folder, folder]) {
    mkdirSync(needed, { recursive: true });
    chmodSync(needed, 0o711);
  }
  const cluster = new Cluster({
    dataFolder: join(folder, "data"),
    logFile: join(folder, "server.log"),
    binaries: prepareBinaries(place.major, account, serverFolder),
    account,
  });
  const record = { ...(known ?? newRecord(place)), folder: folder === place.folder ? undefined : folder };
  const unfinished = join(folder, unfinishedFile);
  const exists = existsSync(cluster.dataFolder) && !existsSync(unfinished);
  if (!exists) {
    if (hasLostFolder(cluster.dataFolder)) {
      report(
        `The local database's folder, ${folder}, was deleted while the server ran, and the rows with it: a new, empty one is made.`,
      );
    }
    report(`Making a local PostgreSQL ${place.major} that behaves as a hosted project.`);
    writeFileSync(unfinished, "");
    await cluster.stop("immediate");
    rmSync(cluster.dataFolder, { recursive: true, force: true });
    await cluster.create(record.superuserPassword, { durable: true });
  } else if (known === undefined) {
    await recover(cluster, record, place, report);
  } else {
    report(`Starting the local PostgreSQL ${place.major}.`);
  }
  const postmaster = await startOnFreePort(cluster, record.port).catch((error: unknown) => {
    throw exists ? new InputError(`${describeError(error)}. Nothing has been deleted; ${howToStartAnew()}`) : error;
  });
  if (!exists) {
    await installPlatform(postmaster.port, record.superuserPassword, record.password);
  }
  // Removed before the record is written: from now on there may be rows, and a folder without this mark is never
  // deleted as a failed attempt.
  rmSync(unfinished, { force: true });
  const made = exists ? {} : { platform: fingerprintPlatform(), repeatable: fingerprintRepeatable() };
  const current = { ...record, ...made, port: postmaster.port };
  writeRecord(place.recordFile, current);
  return { record: current, port: postmaster.port };
}

function isOutdated({ platform, repeatable }: DatabaseRecord): boolean {
  return canBeUpdated(platform) && repeatable !== fingerprintRepeatable();
}

/** Adds to a database from an earlier version what it lacks, as far as possible. */
async function update(place: Place, running: Running, report: (line: string) => void): Promise<Running> {
  const { record, port } = running;
  if (!isOutdated(record)) return running;
  report("Bringing the local database to the present version; its rows stay.");
  try {
    await updatePlatform(port, record.superuserPassword);
  } catch (error) {
    throw new InputError(
      `the local database was made by an earlier version of this project, and could not be brought to the present one: ` +
        `${describeError(error)}\nNothing has been changed. Where a lock is the reason, end what works with the ` +
        `database and try again; \`${projectCommand("down")}\` removes it with its data, and the next command makes a new one`,
    );
  }
  const current = { ...record, platform: fingerprintPlatform(), repeatable: fingerprintRepeatable() };
  writeRecord(place.recordFile, current);
  return { record: current, port };
}

/** Marks data that is being created: if the attempt is interrupted, nobody's data is lost with it. */
const unfinishedFile = "unfinished";

/** The data's location: the recorded one or, without a record, any place where it may have been created. */
function findData(
  { folder, projectDirectory, major }: Place,
  serverFolder: string,
  named: string | undefined,
): string | undefined {
  const outside = join(folderOutside(projectDirectory), `postgres-${major}`);
  const candidates = [
    ...(named === undefined ? [] : [named]),
    join(serverFolder, `postgres-${major}`),
    folder,
    outside,
  ];
  return candidates.find((candidate) => existsSync(join(candidate, "data", "PG_VERSION")));
}

function newRecord(place: Place): DatabaseRecord {
  return {
    port: choosePort(fingerprintProject(place.projectDirectory) + place.major),
    password: randomBytes(18).toString("base64url"),
    superuserPassword: randomBytes(18).toString("base64url"),
    platform: fingerprintPlatform(),
  };
}

/** Recovers access to a database whose passwords are lost. Its rows are kept: only `palisade down` deletes them. */
async function recover(
  cluster: Cluster,
  { password, superuserPassword }: DatabaseRecord,
  { recordFile, major }: Place,
  report: (line: string) => void,
): Promise<void> {
  report(
    `${recordFile} is missing or damaged; the local PostgreSQL ${major} gets new passwords, and keeps its data. ` +
      `Its connection string is another now (${projectCommand("url")}).`,
  );
  await cluster.stop();
  try {
    await cluster.setPasswords({ [superuser]: superuserPassword, postgres: password });
  } catch (error) {
    throw new InputError(
      `${describeError(error)}\nNothing has been deleted. Put ${recordFile} back from a copy if you have one; ` +
        howToStartAnew(),
    );
  }
}

function howToStartAnew(): string {
  return `\`${projectCommand("down")}\` removes the local database with its data, and the next command makes a new one`;
}

async function remove(place: Place, report: (line: string) => void): Promise<boolean> {
  let hasRemoved = false;
  const folder = readRecord(place.recordFile)?.folder ?? place.folder;
  const outside = join(folderOutside(place.projectDirectory), `postgres-${place.major}`);
  for (const candidate of new Set([folder, place.folder, outside])) {
    if (existsSync(candidate)) {
      const dataFolder = join(candidate, "data");
      if (findPostmaster(dataFolder) !== undefined) {
        report(`Stopping the local PostgreSQL ${place.major}.`);
        await stopPostmaster(dataFolder);
      }
      report(`Removing ${candidate}.`);
      rmSync(candidate, { recursive: true, force: true });
      hasRemoved = true;
    }
  }
  return hasRemoved;
}
