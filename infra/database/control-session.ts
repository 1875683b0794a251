import pg from "pg";
import type { ConnectionSettings } from "./connection.ts";
import { cantConnect } from "./connection-error.ts";
import { describeSession } from "./describe-session.ts";
import { pinSettings } from "./session-settings.ts";

/** A session that holds a lock which ours waits for. */
export interface Blocker {
  readonly pid: number;
  /** Its transaction, by which it is known again. */
  readonly transaction: string;
  /** `session 4711 (user postgres, application psql, idle in transaction for 12 s)` */
  readonly description: string;
}

/** How many seconds the server lets the session be silent: a machine that lost its power keeps no deployment lock for longer. */
const silenceSeconds = 60;
const heartbeatMilliseconds = 15_000;

/**
 * One session beside those that do the work, opened when it is first needed, which itself never waits for a lock. It sees who is in the
 * way of the others, and cancels them.
 */
export class ControlSession {
  readonly #settings: ConnectionSettings;
  readonly #name: string;
  #client: Promise<pg.Client> | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #heartbeat: NodeJS.Timeout | undefined;
  #isClosed = false;
  /** Told when the connection has ended, and everything that the session held with it. */
  onEnd: () => void = () => undefined;

  /** @param name what others see it as, in `pg_stat_activity` */
  constructor(settings: ConnectionSettings, name: string) {
    this.#settings = settings;
    this.#name = name;
  }

  /** Who stands in this session's way; nobody where it does not wait. */
  async blockersOf(backend: number): Promise<readonly Blocker[]> {
    return await this.query<Blocker & pg.QueryResultRow>(
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

  /** Cancels the running statements of these sessions; their transactions roll back. */
  async cancel(pids: readonly number[]): Promise<void> {
    await this.query("select pg_catalog.pg_cancel_backend(pid) from unnest($1::int[]) as running (pid)", [pids]);
  }

  /** One query after the other, as the driver wants it. */
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
      // The connection was lost while nothing was asked of it.
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
