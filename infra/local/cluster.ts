import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { escapeIdentifier, escapeLiteral } from "pg";
import { InputError } from "../errors/errors.ts";
import { isAlive } from "../system/is-alive.ts";
import { type Account, giveTo } from "./account.ts";
import type { Binaries } from "./binaries.ts";
import { findPostmaster, isWorkedIn, type Postmaster, stopPostmaster } from "./postmaster.ts";
import { hostBasedAuthentication, locale, type ServerSettings, writeConfiguration } from "./settings.ts";

/** The superuser of hosted projects, and of the local database. */
export const superuser = "supabase_admin";

/** One PostgreSQL data folder, and the server that runs on it. */
export class Cluster {
  readonly dataFolder: string;
  readonly logFile: string;
  readonly #binaries: Binaries;
  readonly #account: Account | undefined;

  constructor(options: {
    readonly dataFolder: string;
    readonly logFile: string;
    readonly binaries: Binaries;
    readonly account: Account | undefined;
  }) {
    this.dataFolder = options.dataFolder;
    this.logFile = options.logFile;
    this.#binaries = options.binaries;
    this.#account = options.account;
  }

  /** Creates the data folder, which must not exist yet. Locale and encoding are those of a hosted project. */
  async create(superuserPassword: string, settings: ServerSettings): Promise<void> {
    mkdirSync(this.dataFolder, { recursive: true, mode: 0o700 });
    const passwordFile = join(this.dataFolder, "..", `password-${randomBytes(6).toString("hex")}`);
    writeFileSync(passwordFile, superuserPassword, { mode: 0o600 });
    giveTo(this.#account, this.dataFolder);
    giveTo(this.#account, passwordFile);
    try {
      await promisify(execFile)(
        this.#binaries.initdb,
        [
          ...["-D", this.dataFolder, "-U", superuser, `--pwfile=${passwordFile}`],
          ...["--encoding=UTF8", "--no-locale", `--lc-collate=${locale.collate}`, `--lc-ctype=${locale.characters}`],
          ...["--auth=scram-sha-256", "--no-instructions"],
          ...(settings.durable ? [] : ["--no-sync"]),
        ],
        { ...this.#account, cwd: this.dataFolder, env: this.#environment },
      );
    } catch (error) {
      throw new InputError(
        `PostgreSQL could not make a database in ${this.dataFolder}:\n${describe(error)}\n` +
          "Mend what it names, such as a full disk, and run this again",
      );
    } finally {
      rmSync(passwordFile, { force: true });
    }
    writeFileSync(join(this.dataFolder, "postgresql.conf"), writeConfiguration(settings));
    writeFileSync(join(this.dataFolder, "pg_hba.conf"), hostBasedAuthentication);
  }

  /**
   * Sets new passwords for roles if the old ones are lost, which the owner of the data folder can do. The server must
   * not be running.
   * @throws {Error} with the server's words; what to do depends on why they were lost
   * @see https://www.postgresql.org/docs/current/app-postgres.html#APP-POSTGRES-SINGLE-USER
   */
  async setPasswords(passwords: Readonly<Record<string, string>>): Promise<void> {
    const statements = Object.entries(passwords).map(
      ([role, password]) => `alter role ${escapeIdentifier(role)} password ${escapeLiteral(password)}\n`,
    );
    const failure = await retryUntilChildrenEnd(() => this.#runAlone(statements.join("")));
    if (failure !== undefined) {
      throw new Error(`PostgreSQL could not open the database in ${this.dataFolder}:\n${failure}`);
    }
  }

  /** The server that runs on this data folder, if there is one. */
  find(): Postmaster | undefined {
    return findPostmaster(this.dataFolder);
  }

  /** Starts the server as a background process, and waits until it accepts connections. */
  async start(port: number): Promise<Postmaster> {
    const outcome = await retryUntilChildrenEnd((deadline) => this.#startOnce(port, deadline));
    if (typeof outcome !== "string") {
      return outcome;
    }
    if (outcome.includes("could not bind")) {
      throw new PortTaken(port);
    }
    throw new InputError(
      `PostgreSQL did not start. Its log, ${this.logFile}, ends with:\n${outcome}\n` +
        "Mend what it names, and run this again",
    );
  }

  /** Stops the server, if one runs. */
  async stop(how: "fast" | "immediate" = "fast"): Promise<void> {
    await stopPostmaster(this.dataFolder, how);
  }

  /** @returns what PostgreSQL said, if it failed */
  async #runAlone(statements: string): Promise<string | undefined> {
    this.#disownDeadServer();
    const child = spawn(this.#binaries.postgres, ["--single", "-D", this.dataFolder, "postgres"], {
      ...this.#account,
      cwd: this.dataFolder,
      env: this.#environment,
      stdio: ["pipe", "ignore", "pipe"],
    });
    const said: string[] = [];
    child.stderr.on("data", (chunk) => said.push(String(chunk)));
    child.stdin.on("error", () => {});
    // Through standard input, because every account can read a process's arguments.
    child.stdin.end(statements);
    const [code] = await once(child, "close");
    const answer = said.join("");
    return code !== 0 || /^.*\b(?:ERROR|FATAL|PANIC):/m.test(answer) ? answer.trim() : undefined;
  }

  async #startOnce(port: number, deadline: number): Promise<Postmaster | string> {
    this.#disownDeadServer();
    const log = openSync(this.logFile, "a", 0o600);
    const child = spawn(this.#binaries.postgres, ["-D", this.dataFolder, "-p", String(port)], {
      ...this.#account,
      cwd: this.dataFolder,
      env: this.#environment,
      detached: true,
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    let failure: string | undefined;
    child.once("error", (error) => {
      failure = error.message;
    });
    child.once("exit", () => {
      failure ??= "";
    });
    child.unref();
    while (failure === undefined) {
      const postmaster = this.find();
      if (postmaster?.ready) {
        return postmaster;
      }
      if (Date.now() > deadline) {
        return `It was not ready after ${startTimeout / 1000} seconds.\n${tail(this.logFile)}`;
      }
      await sleep(5);
    }
    return failure === "" ? tail(this.logFile) : failure;
  }

  /**
   * PostgreSQL refuses to start while any process has the process id in postmaster.pid. After a crash, that may be a
   * zombie that is never collected (as in many containers), and after a reboot another program. Here it is known that
   * the server is gone. With the id of this process's parent in the file, the server treats the file as stale, but
   * still checks that no child of the dead server is left.
   */
  #disownDeadServer(): void {
    const file = join(this.dataFolder, "postmaster.pid");
    if (!existsSync(file) || this.find() !== undefined) {
      return;
    }
    const text = readFileSync(file, "utf8");
    if (text.trim() === "") {
      // A full disk leaves the file empty, and PostgreSQL would never start again.
      if (!isWorkedIn(this.dataFolder)) rmSync(file);
      return;
    }
    const [pid, ...rest] = text.split("\n");
    if (isAlive(Number(pid))) {
      writeFileSync(file, [String(process.pid), ...rest].join("\n"));
    }
  }

  /** A PGDATA or PGOPTIONS of the user's must not affect the server. */
  get #environment(): NodeJS.ProcessEnv {
    return { PATH: process.env.PATH, LC_ALL: locale.characters, TZ: "UTC" };
  }
}

/** Another program listens on the wanted port. */
export class PortTaken extends Error {
  constructor(port: number) {
    super(`Port ${port} is taken.`);
  }
}

const startTimeout = 60_000;
/**
 * What PostgreSQL says while children of the dead server still work in its folder. An empty postmaster.pid means that too:
 * without such a process, `#disownDeadServer` would have removed it.
 */
const childrenAreLeft = /pre-existing shared memory block|lock file "postmaster\.pid" is empty/;

/**
 * After a crash, the dead server's children may live on for a moment. PostgreSQL then refuses to work in their folder, and this tries
 * again. An attempt that failed results in what PostgreSQL said.
 */
async function retryUntilChildrenEnd<T>(attempt: (deadline: number) => Promise<T | string>): Promise<T | string> {
  const deadline = Date.now() + startTimeout;
  for (;;) {
    const outcome = await attempt(deadline);
    if (typeof outcome !== "string" || !childrenAreLeft.test(outcome) || Date.now() > deadline) {
      return outcome;
    }
    await sleep(100);
  }
}

function tail(file: string): string {
  return readFileSync(file, "utf8").trimEnd().split("\n").slice(-8).join("\n");
}

function describe(error: unknown): string {
  if (error instanceof Error && "stderr" in error && typeof error.stderr === "string" && error.stderr !== "") {
    return error.stderr.trim();
  }
  return error instanceof Error ? error.message : String(error);
}
