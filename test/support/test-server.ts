import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Client, escapeIdentifier } from "pg";
import { chooseAccount } from "../../infra/local/account.ts";
import { prepareBinaries } from "../../infra/local/binaries.ts";
import { Cluster, superuser } from "../../infra/local/cluster.ts";
import { ensureServerFolder } from "../../infra/local/folders.ts";
import type { Major } from "../../infra/local/major.ts";
import { withClient, writeUrl } from "../../infra/local/platform.ts";
import { startOnFreePort } from "../../infra/local/ports.ts";
import { endPostmaster } from "../../infra/local/postmaster.ts";
import { projectDirectory } from "../../infra/settings/project-folder.ts";
import { makeData, template } from "./server-data.ts";
import { chooseTemporaryFolder } from "./temporary-folder.ts";
import { removeWithThisProcess } from "./watcher.ts";

/** A database of its own for a test. */
export interface TestDatabase {
  /** Connects as `postgres`, who is no superuser. */
  readonly url: string;
  /** Connects as `supabase_admin`. */
  readonly superuserUrl: string;
  readonly database: string;
  /** Ends its sessions and removes it. */
  drop(): Promise<void>;
}

/** A throwaway server that ends, at the latest, with the process that started it. */
export interface TestServer {
  readonly major: Major;
  readonly port: number;
  readonly logFile: string;
  /** A fresh database that behaves as a hosted project's. Roles are shared by all databases of a server. */
  createDatabase(): Promise<TestDatabase>;
  /** Stops the server and starts it again on the same port: the usual way, or after a kill. */
  restart(): Promise<void>;
  /** Sends the server's main process a signal, and waits until it is gone. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Stops the server and deletes everything. */
  stop(): Promise<void>;
}

/**
 * Starts a throwaway server in a temporary folder, without the writes that make data survive a power cut.
 *
 * @example
 * const server = await startTestServer(17);
 * const { url, drop } = await server.createDatabase();
 */
export async function startTestServer(major: Major): Promise<TestServer> {
  const account = chooseAccount();
  const binaries = prepareBinaries(major, account, ensureServerFolder(projectDirectory, account));
  const folder = mkdtempSync(join(chooseTemporaryFolder(account), "palisade-test-"));
  chmodSync(folder, 0o711);
  removeWithThisProcess(folder);
  const cluster = new Cluster({
    dataFolder: join(folder, "data"),
    logFile: join(folder, "server.log"),
    binaries,
    account,
  });
  try {
    const { password, superuserPassword } = await makeData(cluster, major);
    const { port } = await startOnFreePort(cluster, randomBytes(2).readUInt16BE());
    const urlOf = (user: string, database: string) =>
      writeUrl({ port, user, password: user === superuser ? superuserPassword : password, database });
    const maintenanceUrl = urlOf(superuser, "template1");
    let count = 0;
    return {
      major,
      port,
      logFile: cluster.logFile,
      async createDatabase() {
        count += 1;
        const database = `test_${count}`;
        await withClient(maintenanceUrl, (client) => copyDatabase(client, template, database));
        return {
          url: urlOf("postgres", database),
          superuserUrl: urlOf(superuser, database),
          database,
          async drop() {
            await withClient(maintenanceUrl, (client) =>
              client.query(`drop database if exists ${database} with (force)`),
            );
          },
        };
      },
      async restart() {
        await cluster.stop();
        await cluster.start(port);
      },
      async kill(signal) {
        const postmaster = cluster.find();
        if (postmaster !== undefined) {
          await endPostmaster(postmaster.pid, cluster.dataFolder, signal);
        }
      },
      async stop() {
        await cluster.stop("immediate");
        rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await cluster.stop("immediate");
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Creates a database from a template, and sets the owner and the grants, which are not copied. */
async function copyDatabase(client: Client, template: string, database: string): Promise<void> {
  const name = escapeIdentifier(database);
  await client.query(`create database ${name} template ${escapeIdentifier(template)} owner postgres`);
  await client.query(`grant all on database ${name} to dashboard_user`);
}
