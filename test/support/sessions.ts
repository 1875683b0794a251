import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";

/** Sessions that a test opens beside the stack, and that are closed together. */
export class Sessions {
  readonly #open: pg.Client[] = [];

  /** @param application what `pg_stat_activity` calls it */
  async open(url: string, application: string): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: url, application_name: application });
    client.on("error", () => {
      // The server was stopped under it, which a test may well do.
    });
    await client.connect();
    this.#open.push(client);
    return client;
  }

  async closeAll(): Promise<void> {
    await Promise.all(this.#open.splice(0).map((client) => client.end()));
  }
}

/** Waits until a session waits for a lock: one of the provider's, unless another application is named. */
export async function untilWaiting(observer: pg.Client, application = "palisade"): Promise<void> {
  await until(async () => {
    const { rows } = await observer.query(
      "select from pg_stat_activity where application_name = $1 and wait_event_type = 'Lock' and datname = current_database()",
      [application],
    );
    return rows.length > 0;
  });
}

/** Waits until the look finds something that is neither undefined nor false. */
export async function until<T>(look: () => Promise<T | undefined> | T | undefined, seconds = 180): Promise<T> {
  for (const deadline = Date.now() + seconds * 1000; Date.now() < deadline; ) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await sleep(5);
  }
  throw new Error(`not seen within ${seconds} s: ${look}`);
}

export interface Latencies {
  /** In milliseconds, in order. */
  stop(): Promise<readonly number[]>;
}

/** Runs one query again and again, as an application does, and times each. */
export function measureLatencies(client: pg.Client, sql: string): Latencies {
  const milliseconds: number[] = [];
  let isOver = false;
  const loop = (async () => {
    while (!isOver) {
      const start = performance.now();
      await client.query(sql);
      milliseconds.push(performance.now() - start);
      await sleep(5);
    }
  })();
  return {
    async stop() {
      isOver = true;
      await loop;
      return milliseconds;
    },
  };
}

export function describeLatencies(milliseconds: readonly number[]): string {
  const sorted = [...milliseconds].sort((left, right) => left - right);
  const at = (share: number) => `${Math.round(sorted[Math.floor(share * (sorted.length - 1))] ?? 0)} ms`;
  return `${sorted.length} queries, half within ${at(0.5)}, 99 % within ${at(0.99)}, all within ${at(1)}`;
}
