import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";

export interface Traffic {
  /** How many transactions were done so far. */
  readonly done: () => number;
  stop(): Promise<TrafficReport>;
}

export interface TrafficReport {
  /** Of each transaction, in milliseconds. */
  readonly milliseconds: readonly number[];
  /** What the clients were told, by SQLSTATE and message. */
  readonly errors: readonly string[];
}

const signedIn = `set local role authenticated;
  select set_config('request.jwt.claims', '{"role": "authenticated", "sub": "test-user-123"}', true)`;

/**
 * What an application and the platform's own servers do at the same time: transactions of several statements, each of which keeps what
 * the one before has locked. Some go through the platform's tables in one order and some in another.
 */
const transactions: readonly (readonly string[])[] = [
  // The application, over the API.
  [
    signedIn,
    "select count(*) from public.tasks",
    "select count(*) from storage.objects where bucket_id = 'avatars'",
    "update public.tasks set title = title where id = 'none'",
  ],
  // The storage server: a file is uploaded.
  [
    signedIn,
    "select id from storage.buckets where id = 'avatars'",
    "update storage.objects set metadata = metadata where name = 'none'",
    "select count(*) from public.users",
  ],
  // The realtime server: may somebody join a channel?
  [
    signedIn,
    "select set_config('realtime.topic', 'room', true)",
    "select count(*) from realtime.messages",
    "select count(*) from storage.objects",
  ],
  // The auth server: somebody signs in, and a session is refreshed.
  [
    "select id from auth.users where email = 'nobody@example.com'",
    "select id from auth.identities where provider_id = 'none'",
    "update auth.sessions set refreshed_at = now() where id = gen_random_uuid()",
    "update auth.refresh_tokens set revoked = true where token = 'none'",
    "update auth.users set last_sign_in_at = now() where email = 'nobody@example.com'",
  ],
  [
    "select id from auth.refresh_tokens where token = 'none'",
    "select id from auth.sessions where id = gen_random_uuid()",
    "select count(*) from storage.objects where owner_id = 'none'",
    "select id from auth.users where email = 'nobody@example.com'",
  ],
];

/** Lets as many clients as there are kinds of transactions do theirs again and again. @param url connects as `postgres` */
export async function startTraffic(url: string): Promise<Traffic> {
  const milliseconds: number[] = [];
  const errors: string[] = [];
  let isOver = false;
  const clients = await Promise.all(
    transactions.map((statements) => connect(url).then((client) => ({ client, statements }))),
  );
  const loops = clients.map(async ({ client, statements }) => {
    while (!isOver) {
      const start = performance.now();
      try {
        await client.query("begin");
        for (const statement of statements) await client.query(statement);
        await client.query("commit");
      } catch (error) {
        const { code, message } = error as pg.DatabaseError;
        errors.push(`${code} ${message}`);
        await client.query("rollback");
      }
      milliseconds.push(performance.now() - start);
      await sleep(Math.random() * 20);
    }
    await client.end();
  });
  return {
    done: () => milliseconds.length,
    async stop() {
      isOver = true;
      await Promise.all(loops);
      return { milliseconds, errors };
    },
  };
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: "traffic" });
  await client.connect();
  return client;
}
