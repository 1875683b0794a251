import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client, escapeIdentifier, escapeLiteral } from "pg";
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

/** Turns a fresh cluster's database `postgres` into what a hosted project offers, by the files of sql/platform in order. */
export async function installPlatform(port: number, superuserPassword: string, password: string): Promise<void> {
  const address = { port, user: superuser, password: superuserPassword, database: "postgres" };
  await withClient(writeUrl(address), async (client) => {
    await client.query("begin");
    for (const { name, text } of platformFiles()) {
      try {
        await client.query(text);
      } catch (error) {
        throw new Error(`sql/platform/${name}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    await client.query(`alter role postgres password ${escapeLiteral(password)}`);
    await client.query("commit");
  });
}

/** Makes a database from a template and gives it the owner and the grants that copying leaves behind. */
export async function copyDatabase(client: Client, template: string, database: string): Promise<void> {
  const name = escapeIdentifier(database);
  await client.query(`create database ${name} template ${escapeIdentifier(template)} owner postgres`);
  await client.query(`grant all on database ${name} to dashboard_user`);
}

/** Names the platform's SQL as it now is, so that a database made from an older one can be told. */
export function fingerprintPlatform(): string {
  const hash = createHash("sha256");
  for (const { name, text } of platformFiles()) {
    hash.update(`${name}\0${text}\0`);
  }
  return hash.digest("hex").slice(0, 16);
}

/** Runs some work on a connection of its own. */
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

const folder = fileURLToPath(new URL("../../../sql/platform/", import.meta.url));

function platformFiles(): readonly { readonly name: string; readonly text: string }[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".sql"))
    .sort()
    .map((name) => ({ name, text: readFileSync(join(folder, name), "utf8") }));
}
