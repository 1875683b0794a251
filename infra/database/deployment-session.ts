import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { DatabaseError } from "../errors/errors.ts";
import type { ConnectionSettings } from "./connection.ts";
import { cantConnect } from "./connection-error.ts";
import { pinSettings } from "./session-settings.ts";

/** A session that holds a lock which ours waits for. */
export interface Blocker {
  readonly pid: number;
  /** Its transaction, by which it is known again. */
  readonly transaction: string;
  /** `session 4711 (user postgres, application psql, idle in transaction for 12 s)` */
  readonly description: string;
}

export interface DeploymentLockOptions {
  /** How long to wait for another deployment. */
  readonly timeoutMilliseconds: number;
  /** Told once, when there is somebody to wait for. */
  readonly onWait: (message: string) => void;
  readonly signal: AbortSignal;
}

/** How many seconds the server lets the session be silent: a machine that lost its power keeps no deployment lock for longer. */
const silenceSeconds = 60;
const heartbeatMilliseconds = 15_000;
const pollMilliseconds = 250;

/**
 * One session beside the pool, which itself never waits for a lock. It holds the deployment lock, sees who is in the way of the others,
 * and cancels them.
 *
 * The deployment lock keeps two deployments from changing one database at the same time. It is a shared advisory lock under a number of
 * the run's own, and a run is alone when nobody holds one under another: so the several provider processes of one run share it.
 * @see https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
 */
export class DeploymentSession {
  readonly #settings: ConnectionSettings;
  readonly #name: string;
  readonly #lock: number;
  #client: Promise<pg.Client> | undefined;
  #taking: Promise<void> | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #heartbeat: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** @param run tells this run of Pulumi from any other */
  constructor(settings: ConnectionSettings, run: string, stack: string) {
    this.#settings = settings;
    this.#name = `palisade${stack === "" ? "" : ` ${stack}`}`;
    this.#lock = createHash("sha256").update(run).digest().readInt32BE(0);
  }

  /**
   * Takes the deployment lock, once; it is kept until the session ends.
   * @throws {DatabaseError} naming the other deployment, when that has not ended in time
   */
  async takeLock(options: DeploymentLockOptions): Promise<void> {
    this.#taking ??= this.#waitForLock(options).catch((error: unknown) => {
      this.#taking = undefined;
      throw error;
    });
    await this.#taking;
  }

  /** Who stands in this session's way; nobody where it does not wait. */
  async blockersOf(backend: number): Promise<readonly Blocker[]> {
    return await this.#query<Blocker & pg.QueryResultRow>(
      `select coalesce(holder.pid, 0) as pid, coalesce(held.virtualtransaction, '') as transaction,
         case when holder.pid is null then 'a prepared transaction (see pg_prepared_xacts)' else ${describeSession("holder")} end as description
       from pg_catalog.pg_stat_activity as waiting
       cross join lateral unnest(pg_catalog.pg_blocking_pids(waiting.pid)) as blocking (pid)
       left join pg_catalog.pg_stat_activity as holder on holder.pid = blocking.pid
       left join pg_catalog.pg_locks as held on held.pid = blocking.pid and held.locktype = 'virtualxid' and held.mode = 'ExclusiveLock'
       where waiting.pid = $1 and waiting.wait_event_type = 'Lock'`,
      [backend],
    );
  }

  /** Whether one of these sessions is still in the transaction in which it was seen. */
  async areThere(blockers: readonly Blocker[]): Promise<boolean> {
    const [row] = await this.#query<{ there: boolean }>(
      `select exists (
         select from pg_catalog.pg_locks
         where locktype = 'virtualxid' and mode = 'ExclusiveLock' and (pid, virtualtransaction) in
           (select * from unnest($1::int[], $2::text[]))
       ) as there`,
      [blockers.map(({ pid }) => pid), blockers.map(({ transaction }) => transaction)],
    );
    return row?.there ?? false;
  }

  /** Cancels the running statements of these sessions; their transactions roll back. */
  async cancel(pids: readonly number[]): Promise<void> {
    await this.#query("select pg_catalog.pg_cancel_backend(pid) from unnest($1::int[]) as running (pid)", [pids]);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#heartbeat);
    const client = await this.#client?.catch(() => undefined);
    this.#client = undefined;
    await client?.end().catch(() => undefined);
  }

  async #waitForLock({ timeoutMilliseconds, onWait, signal }: DeploymentLockOptions): Promise<void> {
    const deadline = Date.now() + timeoutMilliseconds;
    let hasWaited = false;
    for (;;) {
      const other = await this.#tryLock();
      if (other === undefined) return;
      if (signal.aborted) throw new DatabaseError("cancelled before anything was changed", "57014");
      if (Date.now() > deadline) {
        throw new DatabaseError(
          `another deployment is at work on this database: ${other}. It was waited for ${Math.round(timeoutMilliseconds / 1000)} s, and nothing was changed; run this again when it has finished`,
          "55P03",
        );
      }
      if (!hasWaited) onWait(`waiting for another deployment on this database: ${other}`);
      hasWaited = true;
      // Two deployments that start together both back off, for random times, so that one of them gets the lock.
      await sleep(pollMilliseconds * (0.5 + Math.random()));
    }
  }

  /** @returns the other deployment, where there is one */
  async #tryLock(): Promise<string | undefined> {
    const other = await this.#findOther();
    if (other !== undefined) return other;
    await this.#query(`select pg_catalog.pg_advisory_lock_shared(${lockNamespace}, ${this.#lock})`);
    const rival = await this.#findOther();
    if (rival === undefined) return undefined;
    await this.#query(`select pg_catalog.pg_advisory_unlock_shared(${lockNamespace}, ${this.#lock})`);
    return rival;
  }

  async #findOther(): Promise<string | undefined> {
    const [other] = await this.#query<{ description: string }>(
      `select ${describeSession("holder")} as description
       from pg_catalog.pg_locks as held join pg_catalog.pg_stat_activity as holder using (pid)
       where held.locktype = 'advisory' and held.granted and held.objsubid = 2
         and held.database = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())
         and held.classid::bigint = ${lockNamespace} and held.objid::bigint <> ${this.#lock >>> 0}
       limit 1`,
    );
    return other?.description;
  }

  /** One query after the other, as the driver wants it. */
  #query<Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    const answer = this.#last.then(async () => {
      if (this.#isClosed) throw new Error("the session was closed");
      this.#client ??= this.#connect();
      const client = await this.#client;
      return (await client.query<Row>(text, [...values])).rows;
    });
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  #connect(): Promise<pg.Client> {
    const client = new pg.Client({ ...this.#settings.client, application_name: this.#name });
    const connection = open(client).catch((error: unknown) => {
      throw cantConnect(error, this.#settings.description);
    });
    client.on("error", () => {
      // The connection was lost while nothing was asked of it.
    });
    const beat = () => void (this.#client && this.#query("select").catch(() => undefined));
    this.#heartbeat ??= setInterval(beat, heartbeatMilliseconds).unref();
    const forget = () => {
      if (this.#client !== connection) return;
      // The lock went with the connection: the next change takes it again.
      this.#client = undefined;
      this.#taking = undefined;
    };
    client.on("end", forget);
    connection.catch(forget);
    return connection;
  }
}

async function open(client: pg.Client): Promise<pg.Client> {
  try {
    await client.connect();
    await client.query(
      `set statement_timeout = '10s'; set lock_timeout = '5s'; ${pinSettings()}; set idle_session_timeout = '${silenceSeconds}s'`,
    );
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
  return client;
}

/** "pali", so that nobody else's advisory locks are taken for ours. */
const lockNamespace = 0x70616c69;

/** What anybody may see of a session, as SQL; its state and times are null to who may not see them. */
function describeSession(alias: string): string {
  const since = `coalesce(${alias}.xact_start, ${alias}.backend_start)`;
  return `pg_catalog.concat('session ', ${alias}.pid, ' (user ', ${alias}.usename, ', application ',
    coalesce(nullif(${alias}.application_name, ''), 'unnamed'), ', ' || ${alias}.state ||
    ' for ' || round(extract(epoch from pg_catalog.clock_timestamp() - ${since})) || ' s', ')')`;
}
