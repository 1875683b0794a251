import pg from "pg";
import { afterAll, beforeAll, describe, expect } from "vitest";
import type { Major } from "../../infra/local/index.ts";
import { readSummary } from "./pulumi-output.ts";
import { type RestProject, startRestProject } from "./rest-project.ts";
import { type StackOptions, TestStack } from "./stack.ts";
import { startTestServer, type TestDatabase } from "./test-server.ts";

type Row = Readonly<Record<string, unknown>>;

/** How a statement ended: the rows it gave, how many it touched, or PostgreSQL's refusal as "SQLSTATE message". */
interface Outcome {
  readonly rows: readonly Row[];
  readonly count: number;
  readonly refusal?: string;
  /** What the owner of everything sees right after the statement. */
  readonly after: readonly Row[];
}

export interface Statement {
  /** The API's role. Default: `authenticated`. */
  readonly role?: "anon" | "authenticated" | "service_role";
  /** The `sub` of the token; undefined: claims without one. */
  readonly user?: string | undefined;
  /** The `email` of the token. Default: none. */
  readonly email?: string | undefined;
  /** Other settings of the request, such as `realtime.topic`. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly sql: string;
  readonly values?: readonly unknown[];
  /** Rows to make first, as the owner. */
  readonly before?: string;
  /** A query for what is true afterwards, as the owner. */
  readonly after?: string;
}

/** What the tests of the finished application have at hand: one server, one database, provisioned by this repository's own program. */
export interface Application {
  readonly major: () => Major;
  readonly stack: () => TestStack;
  /** For a client of its own, as `postgres`. */
  readonly connectionString: () => string;
  /** Another stack for the same database, with a state of its own; the caller closes it. */
  readonly openStack: (options?: Omit<StackOptions, "database">) => Promise<TestStack>;
  /** Runs one statement as the API would, in a transaction that is rolled back. */
  readonly request: (statement: Statement) => Promise<Outcome>;
  /** The HTTP API of its rows, which all tests of one database share. */
  readonly rest: () => Promise<RestProject>;
  /** Runs statements for good, as `postgres`. */
  readonly query: (sql: string, values?: readonly unknown[]) => Promise<readonly Row[]>;
}

/** What hosted projects run. */
const hostedMajors = [17, 15] as const;

/** Describes the application as it is after the first `pulumi up`, on each major version that hosted projects run. */
export function describeApplication(
  name: string,
  tests: (application: Application) => void,
  majors: readonly Major[] = hostedMajors,
): void {
  describe.each(majors)(`${name}, on PostgreSQL %i`, (major) => {
    let opened: Opened | undefined;
    const existing = () => {
      if (opened === undefined) throw new Error("the application was not provisioned");
      return opened;
    };
    beforeAll(async () => {
      opened = await open(major);
      const run = await opened.stack.up();
      expect(readSummary(run), run.output).toEqual([expect.stringMatching(/^\+ \d+ created$/)]);
    });
    afterAll(async () => {
      await opened?.close();
    });
    tests({
      major: () => major,
      stack: () => existing().stack,
      connectionString: () => existing().database.url,
      openStack: (options = {}) => TestStack.create({ ...options, database: existing().database }),
      rest: () => existing().rest(),
      query: async (sql, values = []) => (await existing().client.query<Row>(sql, [...values])).rows,
      request: (statement) => request(existing().client, statement),
    });
  });
}

/** Describes what the repository's program does to an empty database, on each major version. */
export function describeDeployment(
  name: string,
  tests: (stack: () => TestStack, major: Major) => void,
  options: (major: Major) => Omit<StackOptions, "database"> = () => ({}),
  majors: readonly Major[] = hostedMajors,
): void {
  describe.each(majors)(`${name}, on PostgreSQL %i`, (major) => {
    let opened: Opened | undefined;
    beforeAll(async () => {
      opened = await open(major, options(major));
    });
    afterAll(async () => {
      await opened?.close();
    });
    tests(() => {
      if (opened === undefined) throw new Error("the stack was not made");
      return opened.stack;
    }, major);
  });
}

/** A query for which transaction last wrote each row that a deployment could write: the same again means that nothing was written. */
export const rowVersions = `
  select 'policy' as kind, oid::text as id, xmin::text from pg_policy
  union all select 'function', p.oid::text, p.xmin::text from pg_proc p join pg_namespace n on n.oid = pronamespace where nspname = 'private'
  union all select 'schema', oid::text, xmin::text from pg_namespace where nspname in ('public', 'private')
  union all select 'relation', oid::text, xmin::text from pg_class where relnamespace = 'public'::regnamespace
  union all select 'column', attrelid || '.' || attnum, a.xmin::text from pg_attribute a
    join pg_class c on c.oid = attrelid where relnamespace = 'public'::regnamespace
  union all select 'published', oid::text, xmin::text from pg_publication_rel
  union all select 'bucket', id, xmin::text from storage.buckets
  order by 1, 2`;

interface Opened {
  readonly database: TestDatabase;
  readonly stack: TestStack;
  /** Connected as `postgres`, who is no superuser. */
  readonly client: pg.Client;
  /** Started when it is first asked for. */
  readonly rest: () => Promise<RestProject>;
  close(): Promise<void>;
}

async function open(major: Major, options: Omit<StackOptions, "database"> = {}): Promise<Opened> {
  const server = await startTestServer(major);
  const database = await server.createDatabase();
  const stack = await TestStack.create({ ...options, database });
  const client = new pg.Client(database.url);
  await client.connect();
  let rest: Promise<RestProject> | undefined;
  return {
    database,
    stack,
    client,
    rest: () => (rest ??= startRestProject(database)),
    async close() {
      // What could not be started has told its own test.
      await (await rest?.catch(() => undefined))?.close();
      await client.end();
      await stack.close();
      await server.stop();
    },
  };
}

async function request(client: pg.Client, statement: Statement): Promise<Outcome> {
  const { role = "authenticated", user, email, settings = {}, sql, values = [], before, after } = statement;
  // JSON leaves out what is undefined.
  const claims = { role, sub: user, email };
  await client.query("begin");
  try {
    if (before !== undefined) await client.query(before);
    for (const [name, value] of Object.entries({ "request.jwt.claims": JSON.stringify(claims), ...settings })) {
      await client.query("select set_config($1, $2, true)", [name, value]);
    }
    await client.query(`set local role ${role}`);
    await client.query("savepoint statement");
    let result: Omit<Outcome, "after">;
    try {
      const { rows, rowCount } = await client.query<Row>(sql, [...values]);
      result = { rows, count: rowCount ?? 0 };
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) throw error;
      result = { rows: [], count: 0, refusal: `${error.code} ${error.message}` };
      await client.query("rollback to savepoint statement");
    }
    await client.query("set local role postgres");
    return { ...result, after: after === undefined ? [] : (await client.query<Row>(after)).rows };
  } finally {
    await client.query("rollback");
  }
}
