import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Reading } from "../../../infra/lifecycle/recognition.ts";
import type { Properties } from "../../../infra/values/properties.ts";
import { type KindSample, objectSamples, sharedSetup } from "../../kinds/index.ts";
import { startTestServer, type TestDatabase, type TestServer } from "../../support/test-server.ts";
import { DirectProvider } from "./direct.ts";

interface Setting {
  readonly name: string;
  /** Values that it does not have by itself. */
  readonly values: readonly string[];
}

/** Values for settings that are texts, and for those whose extremes end the session before it can say a word. */
const chosen: Readonly<Record<string, readonly string[]>> = {
  application_name: ["somebody"],
  client_encoding: ["LATIN1"],
  createrole_self_grant: ["set, inherit"],
  DateStyle: ["German, DMY", "SQL, YMD"],
  default_text_search_config: ["pg_catalog.german"],
  idle_in_transaction_session_timeout: ["1"],
  idle_session_timeout: ["100"],
  lc_monetary: ["C.UTF-8"],
  lc_numeric: ["C.UTF-8"],
  lc_time: ["C.UTF-8"],
  lock_timeout: ["1"],
  restrict_nonsystem_relation_kind: ["view, foreign-table"],
  search_path: ["pg_temp, storage, pg_catalog", ""],
  statement_timeout: ["100"],
  TimeZone: ["Asia/Kathmandu"],
  timezone_abbreviations: ["India"],
  transaction_timeout: ["100"],
};

const leftOut: Readonly<Record<string, string>> = {
  default_transaction_read_only: "an update is refused, as it should be: see safety/refusals",
  transaction_read_only: "the same",
  transaction_isolation: "of one transaction",
  transaction_deferrable: "of one transaction",
  local_preload_libraries: "needs a library on the server",
  default_tablespace: "needs a tablespace",
  temp_tablespaces: "needs a tablespace",
  default_table_access_method: "there is one",
};

/** Of an extension: the server lists them only in a session that has loaded it. */
const unlisted: readonly Setting[] = [
  { name: "plpgsql.extra_errors", values: ["all"] },
  { name: "plpgsql.extra_warnings", values: ["all"] },
  { name: "plpgsql.check_asserts", values: ["off"] },
  { name: "plpgsql.print_strict_params", values: ["on"] },
];

/** Literals whose meaning or print hangs on a setting, beside one of every kind. */
const everyKind: readonly Pick<KindSample, "kind" | "setup" | "input">[] = [
  ...objectSamples,
  {
    kind: "TableAccess",
    setup: (key) => `create table public.literal_${key} (id int primary key, at timestamptz, day date, span interval,
      amount float8, price money, raw bytea, tags text[], title text, "select" text);
      create table public.literal_${key}_other (id int primary key)`,
    input: (key) => ({
      table: `public.literal_${key}`,
      policies: {
        time: { using: "at > '1/2/2026 10:00'" },
        day: { using: "day > '3/4/2026'" },
        span: { using: "at > now() - interval '1 year 2 mons -3 days'" },
        amount: { using: "amount > '0.1234567890123456789'" },
        price: { using: "price > '1.50'" },
        bytes: { using: String.raw`raw = '\xdeadbeef'` },
        nulls: { using: "tags = '{NULL,a}' and title = null" },
        backslash: { using: String.raw`title ~ '^\w+$' and title <> E'it\'s'` },
        keyword: { using: `"select" = 'x'` },
        subquery: {
          using: `exists (select from public.literal_${key}_other as other where other.id = literal_${key}.id)`,
        },
      },
    }),
  },
  {
    kind: "Function",
    input: (key) => ({
      definition: `create function private.several_${key}(id int) returns text language plpgsql set search_path = '' as $$
        declare found text; id_2 int;
        begin select t.title into found from (values (1, 'a'), (2, 'b')) as t (id, title); return found; end $$`,
    }),
  },
];

describe.each([17, 15] as const)(
  "whatever the role or the database sets for its sessions, on PostgreSQL %i",
  (major) => {
    let server: TestServer;
    let database: TestDatabase;
    let superuser: pg.Client;
    let settings: readonly Setting[];
    let plain: readonly Reading[];

    beforeAll(async () => {
      server = await startTestServer(major);
      database = await server.createDatabase();
      superuser = new pg.Client(database.superuserUrl);
      await superuser.connect();
      await superuser.query(sharedSetup);
      await superuser.query("grant create on schema private to postgres");
      settings = await readSettings(superuser);
      plain = await createAll("plain");
    });
    afterAll(async () => {
      await superuser.end();
      await server.stop();
    });

    it("leaves few settings out", () => {
      expect(settings.length).toBeGreaterThan(110);
    });

    it.each([0, 1, 2, 3])(
      "a preview finds no difference, and what is created is the same (values %i)",
      async (turn) => {
        const turned = settings.flatMap(({ name, values }) => {
          const value = values[turn % Math.max(1, values.length)];
          return value === undefined || (turn > 0 && turn >= values.length) ? [] : [{ name, value }];
        });
        expect(turned.length).toBeGreaterThan(0);
        expect(await findCulprits(turned, `turn_${turn}`)).toEqual([]);
      },
    );

    /** A setting that something goes wrong with, and what. */
    async function findCulprits(turned: readonly { name: string; value: string }[], key: string): Promise<string[]> {
      const found = await tryWith(turned, key);
      if (found === undefined) return [];
      const middle = Math.ceil(turned.length / 2);
      if (turned.length === 1) return [`${turned[0]?.name} = ${turned[0]?.value}: ${found}`];
      const first = await findCulprits(turned.slice(0, middle), `${key}a`);
      return first.length > 0 ? first : await findCulprits(turned.slice(middle), `${key}b`);
    }

    async function tryWith(
      turned: readonly { name: string; value: string }[],
      key: string,
    ): Promise<string | undefined> {
      for (const { name, value } of turned) {
        const text = name === "search_path" ? value || "''" : `'${value}'`;
        await superuser.query(`alter role postgres in database ${database.database} set ${name} = ${text}`);
      }
      try {
        expect(await readAll(plain, "plain")).toEqual(plain);
        const made = await createAll(key);
        await superuser.query(`alter role postgres in database ${database.database} reset all`);
        expect(await readAll(made, key)).toEqual(made);
        return undefined;
      } catch (error) {
        return (error as Error).message;
      } finally {
        await superuser.query(`alter role postgres in database ${database.database} reset all`);
      }
    }

    async function createAll(key: string): Promise<readonly Reading[]> {
      await superuser.query("set role postgres");
      for (const [index, { setup }] of everyKind.entries())
        if (setup !== undefined) await superuser.query(setup(`${key}_${index}`));
      await superuser.query("reset role");
      return await withProvider(async (provider) => {
        const readings: Reading[] = [];
        for (const [index, { kind, input }] of everyKind.entries()) {
          const desired = await checked(provider, kind, `${index}`, input(`${key}_${index}`));
          await provider.previewCreate(kind, `${index}`, desired);
          readings.push(await provider.create(kind, `${index}`, desired));
        }
        return readings;
      });
    }

    /** What a preview finds, by the state and, as on adoption, without one. */
    async function readAll(made: readonly Reading[], key: string): Promise<readonly (Reading | undefined)[]> {
      return await withProvider(async (provider) => {
        const readings: (Reading | undefined)[] = [];
        for (const [index, { kind, input }] of everyKind.entries()) {
          const reading = made[index] as Reading;
          const desired = await checked(provider, kind, `${index}`, input(`${key}_${index}`));
          expect(desired).toEqual(reading.inputs);
          await provider.previewCreate(kind, `${index}`, desired);
          readings.push(await provider.read(kind, `${index}`, reading));
        }
        return readings;
      });
    }

    async function withProvider<T>(work: (provider: DirectProvider) => Promise<T>): Promise<T> {
      const provider = new DirectProvider(database.url);
      try {
        return await work(provider);
      } finally {
        await provider.close();
      }
    }
  },
);

async function checked(provider: DirectProvider, kind: string, name: string, input: Properties): Promise<Properties> {
  const desired = await provider.check(kind, name, input);
  expect(Array.isArray(desired), JSON.stringify(desired)).toBe(false);
  return desired as Properties;
}

async function readSettings(client: pg.Client): Promise<readonly Setting[]> {
  const { rows } = await client.query<{ name: string; values: string[] }>(
    `select name, case
       when vartype = 'bool' then array[case setting when 'on' then 'off' else 'on' end]
       when vartype = 'enum' then array(select value from unnest(enumvals) as value where value <> setting)
       when vartype in ('integer', 'real') then array(select value from unnest(array[min_val, max_val]) as value where value <> setting)
       else '{}' end as values
     from pg_settings where context = 'user' order by name`,
  );
  return [...rows, ...unlisted]
    .filter(({ name }) => leftOut[name] === undefined)
    .map(({ name, values }) => ({ name, values: chosen[name] ?? values }));
}
