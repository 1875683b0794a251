import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, rmSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { projectDirectory as ownProjectDirectory } from "../settings/project-folder.ts";
import { findLeftFolders, makeProcessFolder } from "../system/process-folders.ts";
import { chooseAccount } from "./account.ts";
import { type Binaries, prepareBinaries } from "./binaries.ts";
import { Cluster, superuser } from "./cluster.ts";
import { ensureServerFolder } from "./folders.ts";
import { type Major, usualMajor } from "./major.ts";
import { installPlatform, withClient, writeUrl } from "./platform.ts";
import { startOnFreePort } from "./ports.ts";
import { findPostmaster, stopPostmaster } from "./postmaster.ts";

/** A server for one piece of work, with one database that behaves as a hosted project's. */
export interface TemporaryServer {
  readonly major: Major;
  /** Connects as `postgres`, which is not a superuser. */
  readonly url: string;
  /** Connects as `supabase_admin`. */
  readonly superuserUrl: string;
}

export interface TemporaryServerOptions {
  /** The project whose `.palisade` contains the data. Default: the project that this code runs for. */
  readonly projectDirectory?: string;
  /** If it is not installed, the usual one is used. */
  readonly major: Major;
  /** The database's name. Default: `postgres`. */
  readonly database?: string;
  readonly report?: (line: string) => void;
}

/**
 * Runs some work with a separate server, which is removed afterwards with all its data. This also happens when a signal
 * ends this process; if it is killed, the next call cleans up. Nothing is shared with the local database, so roles can
 * be created and changed.
 */
export async function withTemporaryServer<T>(
  options: TemporaryServerOptions,
  work: (server: TemporaryServer) => Promise<T>,
): Promise<T> {
  const { projectDirectory = ownProjectDirectory, database = "postgres", report = () => {} } = options;
  const account = chooseAccount();
  const parent = ensureServerFolder(projectDirectory, account);
  await removeLeftServers(parent);
  const { major, binaries } = chooseBinaries(options.major, (each) => prepareBinaries(each, account, parent), report);
  const folder = makeProcessFolder(parent, folderKind);
  const dataFolder = join(folder, "data");
  const release = removeAtExit(folder, dataFolder);
  try {
    chmodSync(folder, 0o711);
    mkdirSync(dataFolder, { mode: 0o700 });
    const cluster = new Cluster({ dataFolder, logFile: join(folder, "server.log"), binaries, account });
    const passwords = { [superuser]: newPassword(), postgres: newPassword() };
    await cluster.create(passwords[superuser] ?? "", { durable: false });
    const { port } = await startOnFreePort(cluster, randomBytes(2).readUInt16BE());
    await installPlatform(port, passwords[superuser] ?? "", passwords.postgres);
    const urlOf = (user: keyof typeof passwords, name: string) =>
      writeUrl({ port, user, password: passwords[user] ?? "", database: name });
    if (database !== "postgres") await rename(urlOf(superuser, "template1"), database);
    return await work({ major, url: urlOf("postgres", database), superuserUrl: urlOf(superuser, database) });
  } finally {
    try {
      await remove(folder);
    } finally {
      release();
    }
  }
}

/** Removes the servers of processes that were killed. @param parent the folder that contains their folders */
export async function removeLeftServers(parent: string): Promise<void> {
  for (const folder of findLeftFolders(parent, folderKind)) await remove(folder);
}

const folderKind = "scratch";

async function rename(url: string, database: string): Promise<void> {
  await withClient(url, (client) =>
    client.query(`alter database postgres rename to ${client.escapeIdentifier(database)}`),
  );
}

function newPassword(): string {
  return randomBytes(18).toString("base64url");
}

function chooseBinaries(
  wanted: Major,
  prepare: (major: Major) => Binaries,
  report: (line: string) => void,
): { readonly major: Major; readonly binaries: Binaries } {
  try {
    return { major: wanted, binaries: prepare(wanted) };
  } catch (error) {
    if (wanted === usualMajor) throw error;
    report(`The scratch database is a PostgreSQL ${usualMajor}. ${error instanceof Error ? error.message : error}`);
    return { major: usualMajor, binaries: prepare(usualMajor) };
  }
}

async function remove(folder: string): Promise<void> {
  // Two commands may find the same leftover folder.
  await stopPostmaster(join(folder, "data"), "immediate").catch(() => undefined);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** Makes sure that the server does not outlive this process, unless that is killed. */
function removeAtExit(folder: string, dataFolder: string): () => void {
  const removeNow = () => {
    const postmaster = findPostmaster(dataFolder);
    if (postmaster !== undefined) process.kill(postmaster.pid, "SIGQUIT");
    const deadline = Date.now() + 5_000;
    while (findPostmaster(dataFolder) !== undefined && Date.now() < deadline) pause(20);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  const end = (signal: NodeJS.Signals) => {
    // A child program gets the signal first, and then this process gets it again.
    if (process.listenerCount(signal) === 1) process.exit(128 + constants.signals[signal]);
  };
  process.once("exit", removeNow);
  for (const signal of signals) process.on(signal, end);
  return () => {
    process.off("exit", removeNow);
    for (const signal of signals) process.off(signal, end);
  };
}

const signals: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/** Synchronous, because nothing can be awaited when a process ends. */
function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
