import pg from "pg";

/** What an application would have seen, asking without pause. */
export interface Sightings {
  /** How often each answer was given: the ids of the rows, or the error. */
  readonly answers: ReadonlyMap<string, number>;
  /** The longest time, in milliseconds, from the first to the last of answers in a row that were not the expected one. */
  readonly longestLapse: number;
  readonly count: number;
}

/** Asks a query as a signed-in user again and again while some work is done. */
export async function probeDuring<T>(
  url: string,
  { user, query, expected }: { readonly user: string; readonly query: string; readonly expected: string },
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly sightings: Sightings }> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query("select set_config('request.jwt.claims', $1, false)", [JSON.stringify({ sub: user })]);
  await client.query("set role authenticated; set lock_timeout = '10s'");
  const answers = new Map<string, number>();
  let isDone = false;
  let count = 0;
  let lapse: number | undefined;
  let longestLapse = 0;
  const asking = (async () => {
    while (!isDone) {
      const answer = await client.query<{ id: string }>(query).then(
        ({ rows }) => rows.map(({ id }) => id).join(),
        (error: Error) => error.message,
      );
      count += 1;
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
      if (answer === expected) lapse = undefined;
      else {
        lapse ??= performance.now();
        longestLapse = Math.max(longestLapse, performance.now() - lapse);
      }
    }
  })();
  try {
    return {
      result: await work(),
      sightings: {
        answers,
        get longestLapse() {
          return longestLapse;
        },
        get count() {
          return count;
        },
      },
    };
  } finally {
    isDone = true;
    await asking;
    await client.end();
  }
}
