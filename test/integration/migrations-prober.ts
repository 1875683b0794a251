import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";

/** What an application would have seen, asking again every few milliseconds. */
export interface Sightings {
  /** How often each answer was given: the ids of the rows, or the error. */
  readonly answers: ReadonlyMap<string, number>;
  /** What was answered when the work was done. */
  readonly last: string | undefined;
  readonly count: number;
}

/** Asks a query as a signed-in user again and again while some work is done. */
export async function probeDuring<T>(
  url: string,
  { user, query }: { readonly user: string; readonly query: string },
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly sightings: Sightings }> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query("select set_config('request.jwt.claims', $1, false)", [JSON.stringify({ sub: user })]);
  await client.query("set role authenticated; set lock_timeout = '10min'");
  const answers = new Map<string, number>();
  let isDone = false;
  let count = 0;
  let last: string | undefined;
  const ask = async () => {
    last = await client.query<{ id: string }>(query).then(
      ({ rows }) => rows.map(({ id }) => id).join(),
      (error: Error) => error.message,
    );
    count += 1;
    answers.set(last, (answers.get(last) ?? 0) + 1);
  };
  const asking = (async () => {
    while (!isDone) {
      await ask();
      // Without a pause it would take a processor from the deployment, which then stays longer in each of its states.
      await pause(2);
    }
  })();
  try {
    return {
      result: await work(),
      sightings: {
        answers,
        get last() {
          return last;
        },
        get count() {
          return count;
        },
      },
    };
  } finally {
    isDone = true;
    await asking;
    await ask();
    await client.end();
  }
}
