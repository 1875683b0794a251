import pg from "pg";
import type { ConnectionSettings } from "./connection.ts";
import { cantConnect } from "./connection-error.ts";
import { describeSession } from "./describe-session.ts";
import { pinSettings } from "./session-settings.ts";

/** A session that holds a lock which ours waits for. */
export interface Blocker {
  readonly pid: number;
  /** Identifies its transaction, to recognise it later. */
  readonly transaction: string;
  /** `session 4711 (user postgres, application psql, idle in transaction for 12 s)` */
  readonly description: string;
  /** Whether ours waits for an advisory lock, as the turn for policy statements is. */
  readonly isAdvisory: boolean;
}

/**
 * The number of seconds after which the server closes a silent session, so that a machine without power keeps no
 * deployment lock for longer.
 */
const silenceSeconds = 60;
const heartbeatMilliseconds = 15_000;

/**
 * A session in addition to those that do the work, opened when it is first needed, which itself never waits for a lock.
 * It finds out which sessions block the others, and cancels statements.
 */
export class ControlSession {
  readonly #settings: ConnectionSettings;
  readonly #name: string;
  #client: Promise<pg.Client> | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #heartbeat: NodeJS.Timeout | undefined;
  #isClosed = false;
  /** Called when the connection has ended, which releases everything that the session held. */
  onEnd: () => void = () => undefined;

  /** @param name the application name in `pg_stat_activity` */
  constructor(settings: ConnectionSettings, name: string) {
    this.#settings = settings;
    this.#name = name;
  }

  /** The sessions that block this one; empty if it is not waiting. */
  async blockersOf(backend: number): Promise<readonly Blocker[]> {
    return await this.query<Blocker & pg.QueryResultRow>(
      `select coalesce(holder.pid, 0) as pid, coalesce(held.virtualtransaction, '') as transaction,
         case when holder.pid is null then 'a prepared transaction (see pg_prepared_xacts)' else ${describeSession("holder")} end as description,
         waiting.wait_event = 'advisory' as "isAdvisory"
       from pg_catalog.pg_stat_activity as waiting
       cross join lateral unnest(pg_catalog.pg_blocking_pids(waiting.pid)) as blocking (pid)
       left join pg_catalog.pg_stat_activity as holder on holder.pid = blocking.pid
       left join pg_catalog.pg_locks as held on held.pid = blocking.pid and held.locktype = 'virtualxid' and held.mode = 'ExclusiveLock'
       where waiting.pid = $1 and waiting.wait_event_type = 'Lock'`,
      [backend],
    );
  }

  /** Whether one of these sessions is still in the same transaction. */
  async areThere(blockers: readonly Blocker[]): Promise<boolean> {
    const [row] = await this.query<{ there: boolean }>(
      `select exists (
         select from pg_catalog.pg_locks
         where locktype = 'virtualxid' and mode = 'ExclusiveLock' and (pid, virtualtransaction) in
           (select * from unnest($1::int[], $2::text[]))
       ) as there`,
      [blockers.map(({ pid }) => pid), blockers.map(({ transaction }) => transaction)],
    );
    return row?.there ?? false;
  }

  /** Cancels the running statements of these sessions; their transactions are rolled back. */
  async cancel(pids: readonly number[]): Promise<void> {
    await this.query("select pg_catalog.pg_cancel_backend(pid) from unnest($1::int[]) as running (pid)", [pids]);
  }

  /** Runs one query at a time, as the driver requires. */
  query<Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    const answer = this.#last.then(async () => {
      if (this.#isClosed) throw new Error("the session was closed");
      this.#client ??= this.#connect();
      const client = await this.#client;
      return (await client.query<Row>(text, [...values])).rows;
    });
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#heartbeat);
    const client = await this.#client?.catch(() => undefined);
    this.#client = undefined;
    await client?.end().catch(() => undefined);
  }

  #connect(): Promise<pg.Client> {
    const client = new pg.Client({ ...this.#settings.client, application_name: this.#name });
    const connection = open(client).catch((error: unknown) => {
      throw cantConnect(error, this.#settings.description);
    });
    client.on("error", () => {
      // The connection was lost while idle.
    });
    const beat = () => void (this.#client && this.query("select").catch(() => undefined));
    this.#heartbeat ??= setInterval(beat, heartbeatMilliseconds).unref();
    const forget = () => {
      if (this.#client !== connection) return;
      this.#client = undefined;
      this.onEnd();
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
