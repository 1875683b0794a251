import fc from "fast-check";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Reading } from "../../../infra/lifecycle/recognition.ts";
import { differences, type Properties } from "../../../infra/values/properties.ts";
import { objectSamples } from "../../kinds/index.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";
import type { TestDatabase } from "../../support/test-server.ts";
import { DirectProvider, kindOf } from "./direct.ts";
import { foundBefore, type World, world } from "./hostile-world.ts";

describe.each([
  [18, 15],
  [17, 40],
  [15, 15],
] as const)("hostile names and texts, on PostgreSQL %i", (major, numRuns) => {
  let opened: OpenDatabase | undefined;
  let database: TestDatabase;
  let client: pg.Client;

  beforeAll(async () => {
    opened = await openDatabase(major);
    ({ database, client } = opened);
    await client.query("create table public.canary (id int); insert into public.canary values (1)");
  });
  afterAll(async () => {
    await opened?.close();
  });

  it("leave the words for everybody and nobody to PostgreSQL, which lets no role have them", async () => {
    for (const word of ["public", "none"]) {
      await expect(client.query(`create role "${word}"`)).rejects.toThrow(`role name "${word}" is reserved`);
      await client.query("create role renamed");
      await expect(client.query(`alter role renamed rename to "${word}"`)).rejects.toThrow("is reserved");
      await client.query("drop role renamed");
    }
  });

  it("are in the catalog as they were declared, change as declared, go again, and nothing else ran", async () => {
    await fc.assert(
      fc.asyncProperty(world, async (names) => {
        fc.pre(new Set([names.policy, names.otherPolicy, names.intruder]).size === 3);
        fc.pre(new Set([names.routine, names.function, names.fires]).size === 3);
        fc.pre(new Set([names.type, names.table, names.view, names.sequence]).size === 4);
        fc.pre(names.newRole !== names.role);
        await client.query(await quoted(client, "create role %I", [names.role]));
        try {
          const before = await everything(client);
          await liveThrough(client, database, names);
          expect(await everything(client)).toEqual(before);
        } finally {
          await client.query(await quoted(client, "drop schema if exists %I cascade", [names.schema]));
          await client.query(await quoted(client, "drop owned by %I; drop role %1$I", [names.role]));
        }
      }),
      { numRuns, examples: foundBefore.map((names) => [names]) },
    );
  }, 600_000);
});

async function liveThrough(client: pg.Client, database: TestDatabase, names: World): Promise<void> {
  const { schema, table, column, role, policy, otherPolicy, text, otherText } = names;
  const made: { readonly kind: string; reading: Reading }[] = [];
  const provider = new DirectProvider(database.url);
  const declare = async (kind: string, input: unknown) => {
    const desired = (await provider.check(kind, kind, input)) as Properties;
    expect(Array.isArray(desired), JSON.stringify(desired)).toBe(false);
    await provider.previewCreate(kind, kind, desired);
    const reading = await provider.create(kind, kind, desired);
    made.push({ kind, reading });
    return reading;
  };
  try {
    await declare("Role", {
      name: names.newRole,
      memberOf: { authenticated: {}, anon: { admin: true } },
      settings: { search_path: [text, schema], application_name: otherText.replaceAll(/[^ -~]/g, "?") },
    });
    await declare("Schema", { name: schema, grants: { [role]: ["usage"] } });
    expect(
      await value(client, "select has_schema_privilege($1, oid, 'usage') from pg_namespace where nspname = $2", [
        role,
        schema,
      ]),
    ).toBe(true);

    await declare("DefaultPrivileges", { schema, objects: "tables", grants: { [names.newRole]: ["select"] } });
    await client.query(
      await quoted(
        client,
        "create table %I.%I (key int primary key, %I text); alter table %1$I.%2$I owner to postgres",
        [schema, table, column],
      ),
    );
    const target = await quoted(client, "%I.%I", [schema, table]);
    const condition = async (of: string) =>
      `${await quoted(client, "%I = %L", [column, of])} -- ${policy.replaceAll(/[\r\n]/g, " ")}`;
    const access = await declare("TableAccess", {
      table: target,
      policies: { [policy]: { command: "select", roles: [role], using: await condition(text) } },
      grants: { [role]: { select: [column, "key"] } },
    });
    await client.query(
      await quoted(client, "insert into %I.%I values (1, %L), (2, %L || 'x')", [schema, table, text, text]),
    );
    expect(await seenBy(client, role, target, column)).toEqual([text]);

    const changed = await provider.check("TableAccess", "TableAccess", {
      table: target,
      policies: {
        [policy]: { command: "select", roles: [role], using: await condition(`${text}x`) },
        [otherPolicy]: { command: "insert", roles: [role, "public"], withCheck: await condition(otherText) },
      },
      // On the whole table and on a column beside it.
      grants: { [role]: { select: [true, column], insert: [column] } },
    });
    const updated = await provider.update("TableAccess", "TableAccess", access, changed as Properties);
    made[made.findIndex(({ kind }) => kind === "TableAccess")] = { kind: "TableAccess", reading: updated };
    expect(await seenBy(client, role, target, column)).toEqual([`${text}x`]);
    expect(
      await values(
        client,
        'select policyname from pg_policies where schemaname = $1 and tablename = $2 order by policyname collate "C"',
        [schema, table],
      ),
    ).toEqual([policy, otherPolicy].sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right))));

    await client.query(
      await quoted(
        client,
        "create policy %I on %I.%I using (true); grant update (%I), references on %2$I.%3$I to %5$I with grant option",
        [names.intruder, schema, table, column, role],
      ),
    );
    await undoDrift(database, updated, [
      ["policies", names.intruder],
      ["grants", role, "references with grant option"],
      ["grants", role, "update with grant option"],
    ]);

    const view = await quoted(client, "%I.%I", [schema, names.view]);
    await client.query(`create view ${view} as select * from ${target}; alter view ${view} owner to postgres`);
    await declare("ViewAccess", { view, securityInvoker: false, grants: { [role]: { select: [column] } } });
    expect((await seenBy(client, role, view, column)).sort()).toEqual([text, `${text}x`].sort());

    const sequence = await quoted(client, "%I.%I", [schema, names.sequence]);
    await client.query(`create sequence ${sequence}; alter sequence ${sequence} owner to postgres`);
    await declare("SequenceAccess", { sequence, grants: { [role]: ["usage"] } });
    expect(await value(client, "select has_sequence_privilege($1, $2, 'usage')", [role, sequence])).toBe(true);

    const name = await quoted(client, "%I.%I", [schema, names.function]);
    const type = await quoted(client, "%I.%I", [schema, names.type]);
    await client.query(`create domain ${type} as text; alter domain ${type} owner to postgres`);
    await declare("Function", {
      definition: `create function ${name}(${await quoted(client, "%I", [names.argument])} ${type}) returns text language sql as ${await quoted(client, "%L", [`select ${await quoted(client, "%L", [otherText])}::text`])}`,
      execute: [role],
    });
    expect(await value(client, `select ${name}('')`)).toBe(otherText);

    const routine = await quoted(client, "%I.%I", [schema, names.routine]);
    await client.query(`create function ${routine}(a ${type}) returns text language sql as 'select $1::text'`);
    await client.query(`alter function ${routine}(${type}) owner to postgres`);
    const routineAccess = { function: `${routine}(${type})`, execute: [role], searchPath: [schema, names.argument] };
    await declare("FunctionAccess", routineAccess);
    expect(
      await value(client, "select has_function_privilege($1, $2, 'execute')", [role, routineAccess.function]),
    ).toBe(true);

    const fires = await quoted(client, "%I.%I", [schema, names.fires]);
    await client.query(
      `create function ${fires}() returns trigger language plpgsql as 'begin return null; end'; alter function ${fires} owner to postgres`,
    );
    await declare("Trigger", {
      table: target,
      name: names.policy,
      timing: "before",
      events: ["insert"],
      when: `new.${await condition(text)}`,
      function: `${fires}()`,
      arguments: [text, otherText],
    });
    const inserted = await quoted(client, "insert into %I.%I (key, %I) values (3, %L) returning key", [
      schema,
      table,
      column,
      text,
    ]);
    expect(await values(client, inserted)).toEqual([]);

    await declare("Publication", { name: names.publication, tables: { [target]: { columns: ["key", column] } } });
    expect(
      await values(client, "select tablename from pg_publication_tables where pubname = $1 and schemaname = $2", [
        names.publication,
        schema,
      ]),
    ).toEqual([table]);

    await declare("Bucket", { name: names.bucket, fileSizeLimit: 5, allowedMimeTypes: ["image/*"] });
    expect(await values(client, "select id from storage.buckets where id = $1 and name = $1", [names.bucket])).toEqual([
      names.bucket,
    ]);
    await declare("Policy", {
      table: "storage.objects",
      name: policy,
      roles: [role],
      using: await quoted(client, "bucket_id = %L", [names.bucket]),
    });
    const policiesOnFiles = () => values(client, "select policyname from pg_policies where tablename = 'objects'");
    expect(await policiesOnFiles()).toEqual([policy]);

    const list = await declare("ExclusivePolicies", { table: "storage.objects", policies: [policy] });
    await client.query(
      await quoted(client, "create policy %I on storage.objects to %I using (true)", [otherPolicy, role]),
    );
    await dropOthers(database, list);
    expect(await policiesOnFiles()).toEqual([policy]);

    const named = objectSamples.filter(({ hostile }) => typeof hostile !== "string").map(({ kind }) => kind);
    expect(named.filter((kind) => !made.some((one) => one.kind === kind))).toEqual([]);
    const reader = new DirectProvider(database.url);
    for (const { kind, reading } of made) {
      const live = await reader.read(kind, kind, reading);
      expect(differences(live?.inputs ?? {}, reading.inputs)).toEqual([]);
    }
    await reader.close();
  } finally {
    for (const { kind, reading } of made.reverse()) {
      if (kind === "Schema")
        await client.query(
          await quoted(
            client,
            "drop routine if exists %1$I.%6$I, %1$I.%7$I; drop sequence if exists %1$I.%5$I; drop view if exists %1$I.%2$I; drop table if exists %1$I.%3$I; drop domain if exists %1$I.%4$I",
            [schema, names.view, table, names.type, names.sequence, names.routine, names.fires],
          ),
        );
      await remove(database, kind, reading);
    }
    await provider.close();
  }
}

/** Reads the table's access, which differs in these places, and takes it back, as the next `up` would. */
async function undoDrift(
  database: TestDatabase,
  declared: Reading,
  places: readonly (readonly string[])[],
): Promise<void> {
  const provider = new DirectProvider(database.url);
  const found = await provider.read("TableAccess", "TableAccess", declared);
  const drift = differences(declared.inputs, found?.inputs ?? {});
  expect(drift).toHaveLength(places.length);
  expect(drift).toEqual(expect.arrayContaining(places.map((path) => ({ path, kind: "add" }))));
  await provider.update("TableAccess", "TableAccess", found ?? declared, declared.inputs);
  await provider.close();
}

/** As the next `up` would. */
async function dropOthers(database: TestDatabase, list: Reading): Promise<void> {
  const provider = new DirectProvider(database.url);
  const found = await provider.read("ExclusivePolicies", "ExclusivePolicies", list);
  expect(differences(found?.inputs ?? {}, list.inputs)).toHaveLength(1);
  await provider.update("ExclusivePolicies", "ExclusivePolicies", found ?? list, list.inputs);
  await provider.close();
}

async function remove(database: TestDatabase, kind: string, { inputs }: Reading): Promise<void> {
  const client = new pg.Client(database.url);
  await client.connect();
  await client.query(["begin", ...kindOf(kind).remove(inputs, inputs), "commit"].join(";\n"));
  await client.end();
}

/** The rows that the role sees, as it sees them. */
async function seenBy(client: pg.Client, role: string, target: string, column: string): Promise<unknown[]> {
  await client.query(await quoted(client, "set role %I", [role]));
  try {
    return await values(client, `select ${await quoted(client, "%I", [column])} from ${target}`);
  } finally {
    await client.query("reset role");
  }
}

/** The server's own quoting, so that ours is not compared with itself. */
async function quoted(client: pg.Client, format: string, names: readonly string[]): Promise<string> {
  return String(await value(client, "select format($1, variadic $2::text[])", [format, names]));
}

async function value(client: pg.Client, sql: string, parameters: readonly unknown[] = []): Promise<unknown> {
  return (await values(client, sql, parameters))[0];
}

async function values(client: pg.Client, sql: string, parameters: readonly unknown[] = []): Promise<unknown[]> {
  const { rows } = await client.query({ text: sql, values: [...parameters], rowMode: "array" });
  return (rows as unknown[][]).map((row) => row[0]);
}

/** Every object of every kind, with who may do what with it. */
async function everything(client: pg.Client): Promise<unknown> {
  const queries = [
    "select concat_ws(' ', nspname, nspacl) from pg_namespace where nspname !~ '^pg_(temp|toast_temp)' order by 1",
    "select concat_ws(' ', oid::regclass, relkind, relacl, relrowsecurity) from pg_class where relnamespace::regnamespace::text !~ '^pg_(temp|toast)' order by 1",
    "select concat_ws(' ', oid::regprocedure, proacl, md5(prosrc)) from pg_proc where pronamespace::regnamespace::text !~ '^pg_temp' order by 1",
    "select concat_ws(' ', polrelid::regclass, polname) from pg_policy order by 1",
    "select pubname from pg_publication order by 1",
    "select id from storage.buckets order by 1",
    "select concat_ws(' ', rolname, rolsuper) from pg_roles order by 1",
    "select id::text from public.canary",
  ];
  const found: unknown[] = [];
  for (const sql of queries) found.push(await values(client, sql));
  return found;
}
