import pg from "pg";
import { until } from "./sessions.ts";

/** Who asks. A row is a tenant's own when its text holds the tenant's word, and then it holds no other tenant's. */
export interface Asker {
  readonly name: string;
  readonly role: "anon" | "authenticated";
  /** The `sub` of the token. */
  readonly user?: string;
  readonly tenant?: string;
}

export interface Answer {
  /** The number of the tenant's own rows; undefined where the server refused. */
  readonly own: number | undefined;
  /** Rows of another tenant's, which are never to be seen. */
  readonly foreign: readonly string[];
  /** "SQLSTATE message" where the server refused. */
  readonly refusal?: string;
}

/** The answers that differ from the one before, by asker and table. */
export type Course = ReadonlyMap<string, readonly Answer[]>;

/**
 * Asks every table again and again, without pause, as each asker: for all rows, and to delete those of the other tenants. Each asker has
 * a session of its own; nothing that it does is kept.
 */
export class Prober {
  readonly #clients: readonly pg.Client[];
  readonly #loops: readonly Promise<void>[];
  readonly #course = new Map<string, Answer[]>();
  /** By asker. */
  readonly #asked: number[];
  #isOver = false;
  longestMilliseconds = 0;

  private constructor(clients: readonly pg.Client[], askers: readonly Asker[], tables: readonly string[]) {
    this.#clients = clients;
    this.#asked = askers.map(() => 0);
    this.#loops = askers.map((_, index) => this.#askAll(clients[index] as pg.Client, index, askers, tables));
  }

  static async start(url: string, askers: readonly Asker[], tables: readonly string[]): Promise<Prober> {
    const clients = askers.map(
      ({ name }) => new pg.Client({ connectionString: url, application_name: `prober ${name}` }),
    );
    await Promise.all(clients.map((client) => client.connect()));
    return new Prober(clients, askers, tables);
  }

  get questions(): number {
    return this.#asked.reduce((sum, asked) => sum + asked, 0);
  }

  /** Waits until each asker has asked so many questions more. */
  async untilAsked(times: number): Promise<void> {
    const before = [...this.#asked];
    await until(() => this.#asked.every((asked, index) => asked >= (before[index] ?? 0) + times));
  }

  /** What was answered since the start, or since this was asked last. */
  takeCourse(): Course {
    const taken = new Map(this.#course);
    this.#course.clear();
    return taken;
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#loops);
    await Promise.all(this.#clients.map((client) => client.end()));
  }

  async #askAll(client: pg.Client, index: number, askers: readonly Asker[], tables: readonly string[]): Promise<void> {
    const asker = askers[index] as Asker;
    const others = askers.flatMap(({ tenant }) => (tenant === undefined || tenant === asker.tenant ? [] : [tenant]));
    while (!this.#isOver) {
      for (const table of tables) {
        const start = performance.now();
        const answer = await ask(client, asker, table, others);
        this.longestMilliseconds = Math.max(this.longestMilliseconds, performance.now() - start);
        const answers = this.#course.get(`${asker.name} of ${table}`) ?? [];
        if (JSON.stringify(answers.at(-1)) !== JSON.stringify(answer)) answers.push(answer);
        this.#course.set(`${asker.name} of ${table}`, answers);
        this.#asked[index] = (this.#asked[index] ?? 0) + 1;
      }
    }
  }
}

async function ask(client: pg.Client, asker: Asker, table: string, others: readonly string[]): Promise<Answer> {
  const belongsToOthers = others.map((tenant) => `t::text like ${pg.escapeLiteral(`%${tenant}%`)}`).join(" or ");
  const seen = await attempt(client, asker, `select t::text as row from ${table} as t`);
  // Who may not delete from the table at all deletes nothing of others'.
  const deleted = await attempt(
    client,
    asker,
    `delete from ${table} as t where ${belongsToOthers} returning t::text as row`,
  );
  const refusal = seen.refusal ?? (deleted.refusal?.startsWith("42501") ? undefined : deleted.refusal);
  const foreign = [...seen.rows, ...deleted.rows].filter((row) => others.some((tenant) => row.includes(tenant)));
  return {
    own: seen.refusal === undefined ? seen.rows.filter((row) => !foreign.includes(row)).length : undefined,
    foreign: [...new Set(foreign)].sort(),
    ...(refusal === undefined ? {} : { refusal }),
  };
}

async function attempt(
  client: pg.Client,
  asker: Asker,
  statement: string,
): Promise<{ readonly rows: readonly string[]; readonly refusal?: string }> {
  const claims = JSON.stringify({ role: asker.role, ...(asker.user === undefined ? {} : { sub: asker.user }) });
  try {
    const results = (await client.query(
      `begin; set local role ${asker.role}; set local statement_timeout = '10min';
       select set_config('request.jwt.claims', ${pg.escapeLiteral(claims)}, true); ${statement}; rollback`,
    )) as unknown as pg.QueryResult<{ row: string }>[];
    return { rows: (results[4]?.rows ?? []).map(({ row }) => row) };
  } catch (error) {
    await client.query("rollback");
    if (!(error instanceof pg.DatabaseError)) throw error;
    return { rows: [], refusal: `${error.code} ${error.message}` };
  }
}
