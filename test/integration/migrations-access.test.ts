import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Effect } from "../../infra/access/effects/effect.ts";
import { readEffects } from "../../infra/access/effects/read-effects.ts";
import type { Server } from "../../infra/catalog/catalog.ts";
import type { Scope } from "../../infra/catalog/part.ts";
import type { Declaration } from "../../infra/desired/declarations.ts";
import { Declarations } from "../../infra/desired/declarations.ts";
import { kindNamed, kinds } from "../../infra/kinds/registry.ts";
import { create } from "../../infra/lifecycle/apply.ts";
import { normalise } from "../../infra/lifecycle/normalise.ts";
import { Operation } from "../../infra/lifecycle/operation.ts";
import { PreviewedStates } from "../../infra/lifecycle/previewed-states.ts";
import type { Reading } from "../../infra/lifecycle/recognition.ts";
import { deploy } from "../../infra/migrations/deploy.ts";
import { prismaFormat } from "../../infra/migrations/formats/prisma/format.ts";
import { contradictionsOf } from "../../infra/migrations/pending/contradictions.ts";
import { differences, formatPath, isEqual, type Properties } from "../../infra/values/properties.ts";
import { startTestServer, type TestDatabase, type TestServer } from "../support/test-server.ts";
import { declared, undeclared } from "./migrations-access-declarations.ts";
import { catalogFrom, lookAround, mergeScopes } from "./migrations-access-sightings.ts";
import { accessStatements } from "./migrations-access-statements.ts";
import { kindOf } from "./truth/direct.ts";

/** By URN; null where there is none. */
type Seen = Properties;

const judge = (effects: readonly Effect[], declaration: Declaration) =>
  contradictionsOf(effects, declaration, { kindNamed });

const base = `
  create table public.tasks (id text primary key, title text, owner text, archived boolean default false);
  create table public.secrets (id text primary key);
  create view public.totals as select count(*) from public.tasks;
  create sequence public.numbers;
  create function public.touch() returns trigger language plpgsql as 'begin return new; end';
  create function public.total() returns bigint language sql as 'select 1::bigint';
`;

const forms = {
  "a plain script": (sql: string) => sql,
  "a DO block": (sql: string) =>
    `do ${literal(
      `begin ${sql
        .split("; ")
        .map((each) => `execute ${literal(each)};`)
        .join(" ")} end`,
    )}`,
  "a transaction of its own": (sql: string) => `select 1; begin; ${sql}; commit; select 2`,
  "a script that can't be one transaction": (sql: string) =>
    `vacuum public.secrets; ${sql}; analyze public.tasks; vacuum public.secrets`,
} as const;

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

describe("the declarations that migrations change", () => {
  it.each(kinds)("are of the kind $name, or the reason is given", ({ name }) => {
    expect([declared.some(([kind]) => kind === name), name in undeclared]).toContain(true);
  });
});

describe.each([17, 15] as const)("a migration that changes access to what is declared, on PostgreSQL %i", (major) => {
  let server: TestServer;
  let database: TestDatabase;
  let administrator: pg.Client;
  let folder: string;
  let states: ReadonlyMap<string, Reading>;
  let scope: Scope;
  let serverFacts: Server;
  let asDeclared: Seen;

  beforeAll(async () => {
    server = await startTestServer(major);
    database = await server.createDatabase();
    administrator = new pg.Client(database.superuserUrl);
    await administrator.connect();
    folder = mkdtempSync(join(tmpdir(), "palisade test "));
    write("0_base", base);
    await deployPending(new Declarations());
    await administrator.query(
      "create role colleague; grant colleague to postgres; grant create on schema public to colleague",
    );
    states = await declareAll();
    scope = mergeScopes([...states].map(([urn, { id }]) => kindOf(kindIn(urn)).scope(id)));
    await administrator.query(lookAround(scope));
    asDeclared = inNormalForm(await access());
  });
  afterAll(async () => {
    await administrator?.end();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const write = (name: string, script: string) => {
    mkdirSync(join(folder, "migrations", name), { recursive: true });
    writeFileSync(join(folder, "migrations", name, "migration.sql"), script);
  };

  const open = (declarations: Declarations) =>
    new Operation({
      kinds,
      connect: async () => database.url,
      adopt: false,
      stack: "test",
      projectDirectory: folder,
      declarations,
    });

  const access = async () =>
    (await administrator.query<{ access: string }>("select test.access() as access")).rows[0]?.access ?? "";

  /** Each declared object in normal form, as its kind finds it. */
  const inNormalForm = (found: string): Seen => {
    const catalog = catalogFrom(found, scope, serverFacts);
    return Object.fromEntries([...states].map(([urn, { id }]) => [urn, kindOf(kindIn(urn)).find(catalog, id) ?? null]));
  };

  const sighting = async (client: pg.Client) =>
    (await client.query<{ access: string | null }>("select test.sighting() as access")).rows[0]?.access ?? undefined;

  const declareAll = async () => {
    const operation = open(new Declarations());
    const readings = new Map<string, Reading>();
    for (const [kindName, name, input] of declared) {
      const kind = kindOf(kindName);
      const { server: found } = await operation.snapshot();
      serverFacts = found;
      const desired = (await normalise(kind, input, { server: found, operation, old: undefined })) as Properties;
      const context = {
        operation,
        urn: urnOf(kindName, name),
        previewed: new PreviewedStates(),
        report: () => undefined,
      };
      readings.set(urnOf(kindName, name), await create(kind, desired, context));
    }
    await operation.close();
    return readings;
  };

  /** What the preview of a run found declared: everything, unchanged. */
  const declarations = () => {
    const found = new Declarations();
    for (const [urn, { id, inputs }] of states) found.note({ urn, kind: kindIn(urn), id, inputs });
    return found;
  };

  const deployPending = async (told: Declarations, knowsState = false) => {
    const operation = open(told);
    await operation.snapshot();
    if (knowsState) {
      for (const [urn, { id, inputs, kept }] of states) {
        operation.managed.note(kindIn(urn), id, { state: { urn, inputs, kept } });
      }
    }
    const said: string[] = [];
    await deploy({ directory: "migrations", format: prismaFormat }, operation, (line) => said.push(line)).finally(() =>
      operation.close(),
    );
    return said;
  };

  /** Writes every statement as a migration, each followed by one that notes what it left. */
  const writeAll = (form: (sql: string) => string, prefix: string) => {
    accessStatements.forEach(({ sql }, index) => {
      const number = `${prefix}_${String(index).padStart(3, "0")}`;
      write(`${number}_a`, form(sql));
      write(`${number}_b`, `select test.note(${literal(sql)})`);
    });
  };

  /** The statements after which something was not as declared, with what that was. */
  const readLeft = async () => {
    const { rows } = await administrator.query<{ statement: string; access: string }>(
      "delete from test.left returning statement, access",
    );
    expect(rows.length).toBe(accessStatements.length);
    return rows.flatMap(({ statement, access: found }) => {
      const changed = differences(asDeclared, inNormalForm(found)).map(({ path }) => formatPath(path));
      return changed.length === 0 ? [] : [`${statement} left ${changed.join(", ")}`];
    });
  };

  /** What anybody else saw of access meanwhile. @returns what was not as declared, and how often all was */
  const watch = async (work: () => Promise<unknown>) => {
    const client = new pg.Client(database.superuserUrl);
    await client.connect();
    const seen = new Map<string, number>();
    let isDone = false;
    const watching = (async () => {
      while (!isDone) {
        const found = await sighting(client).catch(ignorePrinting);
        if (found !== undefined) seen.set(found, (seen.get(found) ?? 0) + 1);
      }
    })();
    try {
      await work();
    } finally {
      isDone = true;
      await watching;
      await client.end();
    }
    const others: string[] = [];
    let whole = 0;
    for (const [found, times] of seen) {
      const changed = differences(asDeclared, inNormalForm(found)).map(({ path }) => formatPath(path));
      if (changed.length === 0) whole += times;
      others.push(...changed);
    }
    return { others, whole };
  };

  /** Applies them all, going on after each that failed. @returns what the failures said */
  const deployEach = async (told: () => Declarations, knowsState: boolean) => {
    const failures: string[] = [];
    for (;;) {
      const error = await deployPending(told(), knowsState).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      if (error === undefined) return failures;
      const number = /migration (\S+)_[ab] /.exec(String(error))?.[1];
      if (number === undefined) throw error;
      failures.push(String(error));
      await administrator.query(
        "update public._prisma_migrations set rolled_back_at = now() where finished_at is null",
      );
      await administrator.query("delete from public._prisma_migrations where migration_name like $1 || '%'", [number]);
      for (const each of ["a", "b"]) rmSync(join(folder, "migrations", `${number}_${each}`), { recursive: true });
    }
  };

  // What a version can change is in the statements, and not in how a script is divided.
  const tried = Object.entries(forms).filter((_, index) => major === 17 || index === 0);

  it.each(tried)("leaves what is declared, and nobody ever sees anything else: in %s", async (name, form) => {
    writeAll(form, `1_${name.replaceAll(/\W/g, "_")}`);
    let failures: readonly string[] = [];
    const seen = await watch(async () => {
      failures = await deployEach(declarations, false);
    });
    expect(failures).toEqual([]);
    expect(await readLeft()).toEqual([]);
    expect(seen.others).toEqual([]);
    expect(seen.whole).toBeGreaterThan(0);
  });

  it("leaves what the state says was declared, where no preview has told it more", async () => {
    writeAll(forms["a plain script"], "2_state");
    let failures: readonly string[] = [];
    const seen = await watch(async () => {
      failures = await deployEach(() => new Declarations(), true);
    });
    expect(failures).toEqual([]);
    expect(await readLeft()).toEqual([]);
    expect(seen.others).toEqual([]);
  });

  it("would be seen in an object of every kind that judges what migrations do, if it stayed", async () => {
    const seen = new Set<string>();
    for (const { sql } of accessStatements) {
      await administrator.query("begin; set local role postgres");
      try {
        await administrator.query(`${sql}; set constraints all immediate; reset role`);
        const found = inNormalForm(await access());
        for (const urn of states.keys()) if (!isEqual(asDeclared[urn], found[urn])) seen.add(kindIn(urn));
      } catch {
        // The declared state refuses it.
      } finally {
        await administrator.query("rollback");
      }
    }
    const unseen = kinds.filter(({ name, contradictions }) => contradictions !== undefined && !seen.has(name));
    expect(unseen.map(({ name }) => name)).toEqual([]);
    expect(Object.values(asDeclared)).not.toContain(null);
  });

  it("is named at preview where it says otherwise than the program, and is not where it says the same", () => {
    const linesFor = (sql: string) =>
      [...states].flatMap(([urn, { id, inputs }]) =>
        judge(readEffects("1_x", sql, "postgres"), { urn, kind: kindIn(urn), id, inputs }).map(
          ({ action, declared: how, remedy }) =>
            `${action}, which the resource ${urn.split("::").at(-1)} ${how}: the update ${remedy}`,
        ),
      );
    const unnamed = accessStatements.filter(
      ({ sql, named }) => named && !linesFor(sql).some((line) => line.includes(named)),
    );
    expect(unnamed.map(({ sql }) => [sql, linesFor(sql)])).toEqual([]);
    const idle = accessStatements.filter(({ sql, named }) => named === undefined && linesFor(sql).length > 0);
    expect(idle.map(({ sql }) => [sql, linesFor(sql)])).toEqual([]);
  });

  it("is tried on every kind that judges what migrations do", () => {
    const judged = new Set(
      accessStatements.flatMap(({ sql }) =>
        [...states].flatMap(([urn, { id, inputs }]) => {
          const kind = kindIn(urn);
          return judge(readEffects("1_x", sql, "postgres"), { urn, kind, id, inputs }).map(() => kind);
        }),
      ),
    );
    const untried = kinds.filter(({ name, contradictions }) => contradictions !== undefined && !judged.has(name));
    expect(untried.map(({ name }) => name)).toEqual([]);
  });

  it("brings nothing back that nobody declares", async () => {
    write("3_nobody", "create table public.open (id int); grant select on public.open to anon");
    await deployPending(declarations());
    const { rows } = await administrator.query("select has_table_privilege('anon', 'public.open', 'select') as open");
    expect(rows).toEqual([{ open: true }]);
  });
});

/** PostgreSQL prints a policy by the functions that are there now, and the policy's row may be one that is just being replaced. */
function ignorePrinting(error: Error): undefined {
  if (!error.message.startsWith("cache lookup failed")) throw error;
}

function urnOf(kind: string, name: string): string {
  return `urn:pulumi:test::palisade::palisade:index:${kind}::${name}`;
}

function kindIn(urn: string): string {
  return urn.split("::")[2]?.split(":").at(-1) ?? "";
}
