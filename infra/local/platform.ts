import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Client, escapeLiteral } from "pg";
import { describeError, InputError } from "../errors/errors.ts";
import { packageFolder } from "../system/package-folder.ts";
import { superuser } from "./cluster.ts";

/** How to reach one database as one role. */
interface ConnectionAddress {
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** A connection string for psql, Prisma and everybody else. */
export function writeUrl({ port, user, password, database }: ConnectionAddress): string {
  return `postgresql://${encodeURIComponent(user)}:${encodeURIComponent(password)}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
}

/**
 * Turns a new cluster's database `postgres` into what a hosted project offers, by running the files of
 * infra/local/platform in order, and then those of infra/local/platform/repeatable.
 * @throws {InputError} if one of them fails, such as on a full disk
 */
export async function installPlatform(port: number, superuserPassword: string, password: string): Promise<void> {
  try {
    await withSuperuser(port, superuserPassword, async (client) => {
      await client.query("begin");
      await runFiles(client, [...readFiles(foundation), ...readFiles(repeatable)]);
      await client.query(`alter role postgres password ${escapeLiteral(password)}`);
      await client.query("commit");
    });
  } catch (error) {
    throw new InputError(
      `the new database could not get what a hosted project has: ${describeError(error)}\n` +
        "Mend what it names, such as a full disk, and run this again, which makes the database anew",
    );
  }
}

/**
 * Updates a database from an earlier version and keeps its rows, by running the repeatable files.
 * @throws {Error} with the server's words, if one of them fails
 */
export async function updatePlatform(port: number, superuserPassword: string): Promise<void> {
  await withSuperuser(port, superuserPassword, async (client) => {
    await client.query("begin");
    // An open transaction on these tables is an error instead of being waited for.
    await client.query("set local lock_timeout = '5s'");
    await runFiles(client, readFiles(repeatable));
    await client.query("commit");
  });
}

/** Identifies the SQL that creates a database, so that one from another version is recognised. */
export function fingerprintPlatform(): string {
  return fingerprintFiles(foundation);
}

/** Identifies the SQL that updates an existing database to the current version. */
export function fingerprintRepeatable(): string {
  return fingerprintFiles(repeatable);
}

/** Whether the repeatable files alone update a database created by this version. */
export function canBeUpdated(platform: string): boolean {
  return platform === fingerprintPlatform() || earlierPlatforms.includes(platform);
}

/** Runs some work on a separate connection. */
export async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, application_name: "palisade" });
  client.on("error", () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/**
 * Fingerprints of infra/local/platform in earlier versions. The first one is from before
 * infra/local/platform/repeatable: the contents of those files were in other files then, or missing.
 */
const earlierPlatforms = ["2f2aab637856cdfd"];

const foundation = join(packageFolder, "local", "platform");
const repeatable = join(foundation, "repeatable/");

interface SqlFile {
  readonly path: string;
  readonly name: string;
  readonly text: string;
}

function readFiles(folder: string): readonly SqlFile[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".sql"))
    .sort()
    .map((name) => ({ path: join(folder, name), name, text: readFileSync(join(folder, name), "utf8") }));
}

async function runFiles(client: Client, files: readonly SqlFile[]): Promise<void> {
  for (const { path, text } of files) {
    try {
      await client.query(text);
    } catch (error) {
      throw new Error(`${path}: ${describeError(error)}`);
    }
  }
}

function fingerprintFiles(folder: string): string {
  const hash = createHash("sha256");
  for (const { name, text } of readFiles(folder)) {
    hash.update(`${name}\0${text}\0`);
  }
  return hash.digest("hex").slice(0, 16);
}

function withSuperuser<T>(port: number, password: string, work: (client: Client) => Promise<T>): Promise<T> {
  return withClient(writeUrl({ port, user: superuser, password, database: "postgres" }), work);
}
