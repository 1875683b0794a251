import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Cluster, superuser } from "../../infra/local/cluster.ts";
import type { Major } from "../../infra/local/major.ts";
import { installPlatform, withClient, writeUrl } from "../../infra/local/platform.ts";
import { startOnFreePort } from "../../infra/local/ports.ts";
import { keepShared, sharedPath } from "./shared-folder.ts";

/** Of the roles `postgres` and `supabase_admin`. */
export interface Passwords {
  readonly password: string;
  readonly superuserPassword: string;
}

/** The database that `createDatabase` copies. */
export const template = "hosted_template";

/** Makes the data folder of a cluster, with a hosted project's database as the template. The server does not run afterwards. */
export async function makeData(cluster: Cluster, major: Major): Promise<Passwords> {
  // Making one takes a second, so that each server of a run gets a copy of the version's first one.
  const kept = sharedPath(`postgres-${major}`);
  if (kept !== undefined && existsSync(kept)) {
    await copyData(join(kept, "data"), cluster.dataFolder);
    return JSON.parse(readFileSync(join(kept, "passwords.json"), "utf8"));
  }
  const passwords = await createData(cluster);
  if (kept !== undefined) {
    await keepShared(kept, async (folder) => {
      await copyData(cluster.dataFolder, join(folder, "data"));
      writeFileSync(join(folder, "passwords.json"), JSON.stringify(passwords), { mode: 0o600 });
    });
  }
  return passwords;
}

async function createData(cluster: Cluster): Promise<Passwords> {
  const password = randomBytes(12).toString("base64url");
  const superuserPassword = randomBytes(12).toString("base64url");
  await cluster.create(superuserPassword, { durable: false });
  const { port } = await startOnFreePort(cluster, randomBytes(2).readUInt16BE());
  await installPlatform(port, superuserPassword, password);
  const maintenanceUrl = writeUrl({ port, user: superuser, password: superuserPassword, database: "template1" });
  await withClient(maintenanceUrl, async (client) => {
    await client.query(`create database ${template} template postgres is_template true allow_connections false`);
  });
  await cluster.stop();
  return { password, superuserPassword };
}

/** With its owner and permissions, on which PostgreSQL insists. */
async function copyData(from: string, to: string): Promise<void> {
  await promisify(execFile)("cp", ["-Rp", from, to]);
}
