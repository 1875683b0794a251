import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Properties } from "../../../infra/values/properties.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";
import type { TestDatabase } from "../../support/test-server.ts";
import { DirectProvider, kindOf } from "./direct.ts";
import { type Scenario, scenarios } from "./shadowing-scenarios.ts";

interface Placed extends Scenario {
  readonly schema: string;
}

describe.each([18, 17, 15] as const)("names that a caller's temporary objects take over, on PostgreSQL %i", (major) => {
  let opened: OpenDatabase | undefined;
  let database: TestDatabase;
  let superuser: pg.Client;

  beforeAll(async () => {
    opened = await openDatabase(major);
    ({ database, client: superuser } = opened);
    await superuser.query(`create schema evil; grant usage on schema evil to public; ${ownFunctions}`);
  });
  afterAll(async () => {
    await opened?.close();
  });

  const placed = scenarios
    .filter(({ only = major }) => only === major)
    .map((scenario, index): Placed => ({ ...scenario, schema: `shadow_${index}` }));

  it.each(placed)("$name: the preview warns of what a caller takes, and of nothing else", async (scenario) => {
    await superuser.query(setup(scenario));
    const provider = new DirectProvider(database.url);
    try {
      const declared = await declare(provider, scenario);
      for (const { kind, name, normal } of declared) await provider.previewCreate(kind, name, normal);
      // What would fail when it runs is another matter.
      const warned = provider.messages.filter(
        (message) => message.startsWith("warning: ") && !message.includes("only when the function runs"),
      );
      await make(superuser, provider, declared);
      const taken = await attack(database, scenario);
      const expected = scenario.taken.map((name) => name.replaceAll("$s", scenario.schema)).sort();
      expect(taken).toEqual(expected);
      expect(namesIn(warned)).toEqual(expected);
      for (const message of warned) expect(message).toMatch(/Give \S+ "set search_path = |Make it in /);
    } finally {
      await provider.close();
    }
  });

  it("are reported once for each function to be corrected, although all of them call the same one", async () => {
    const schema = "shadow_callers";
    const caller = (name: string) =>
      `create function $s.${name}() returns pg_catalog.bool language sql security definer set search_path = '' as $f$ select $s.called() and auth.uid() is null $f$`;
    const called = `create function $s.called() returns pg_catalog.bool language plpgsql as $f$ begin return null::uuid is null; end $f$`;
    const scenario: Placed = { name: "callers", schema, functions: [called, caller("one"), caller("two")], taken: [] };
    await superuser.query(setup(scenario));
    const provider = new DirectProvider(database.url);
    const toCorrect = () =>
      provider.messages.flatMap((message) =>
        [...message.matchAll(/calls (\S+), which.+ Give (\S+) "set search_path/g)].map(([, found, by]) => [found, by]),
      );
    try {
      const [first, ...others] = await declare(provider, scenario);
      if (first === undefined) throw new Error("nothing is declared");
      await provider.previewCreate(first.kind, first.name, first.normal);
      const ofCalled = ["one", "two"].map((name) => [`${schema}.called()`, `${schema}.${name}()`]);
      expect(toCorrect()).toEqual(ofCalled);
      for (const { kind, name, normal } of others) await provider.previewCreate(kind, name, normal);
      const ofPlatforms = ["one", "two"].map((name) => ["auth.uid()", `${schema}.${name}()`]);
      expect(toCorrect()).toEqual([...ofCalled, ...ofPlatforms]);
    } finally {
      await provider.close();
    }
  });

  it("are nobody's where only the owner may make temporary objects", async () => {
    const [scenario] = placed;
    if (scenario === undefined) throw new Error("there is no scenario");
    const closed = { ...scenario, schema: "shadow_closed" };
    await superuser.query(setup(closed));
    await superuser.query(`revoke temporary on database ${database.database} from public`);
    const provider = new DirectProvider(database.url);
    try {
      for (const { kind, name, normal } of await declare(provider, closed))
        await provider.previewCreate(kind, name, normal);
      expect(namesIn(provider.messages)).toEqual([]);
    } finally {
      await superuser.query(`grant temporary on database ${database.database} to public`);
      await provider.close();
    }
  });
});

function setup({ schema, setup: more }: Placed): string {
  return [
    "create schema $s authorization postgres; grant usage on schema $s to public",
    "create table $s.members (id text, role text); create table $s.things (id text)",
    "alter table $s.members owner to postgres; alter table $s.things owner to postgres",
    "insert into $s.members values ('a', 'b'); insert into $s.things values ('a')",
    ...(more === undefined ? [] : ["set role postgres", more, "reset role"]),
  ]
    .join(";\n")
    .replaceAll("$s", schema);
}

interface Declared {
  readonly kind: string;
  readonly name: string;
  readonly normal: Properties;
}

async function declare(provider: DirectProvider, { schema, functions, policy }: Placed): Promise<Declared[]> {
  const inputs = [
    ...functions.map((definition, index) => ({
      kind: "Function",
      name: `f${index}`,
      input: { definition, execute: ["authenticated"] },
    })),
    ...(policy === undefined
      ? []
      : [
          {
            kind: "TableAccess",
            name: "members",
            input: { table: "$s.members", policies: { p: { using: policy } }, grants: { authenticated: ["select"] } },
          },
        ]),
  ];
  const declared: Declared[] = [];
  for (const { kind, name, input } of inputs) {
    const normal = await provider.check(kind, name, JSON.parse(JSON.stringify(input).replaceAll("$s", schema)));
    if (Array.isArray(normal)) throw new Error(JSON.stringify(normal));
    declared.push({ kind, name, normal: normal as Properties });
  }
  return declared;
}

/** What the stack makes belongs to the role that deploys. */
async function make(client: pg.Client, provider: DirectProvider, declared: readonly Declared[]): Promise<void> {
  const catalog = await provider.operation.snapshot();
  await client.query("set role postgres; set search_path = public, extensions");
  for (const { kind, normal } of declared) {
    const live = kindOf(kind).find(catalog, kindOf(kind).identify(normal));
    for (const statement of kindOf(kind).plan(live, normal, catalog.server)) await client.query(statement);
  }
  await client.query("reset role; reset search_path");
}

/** In a session of its own: what PL/pgSQL has found once, it keeps for the session. */
async function attack(database: TestDatabase, scenario: Placed): Promise<readonly string[]> {
  const { schema, policy, query = policy === undefined ? "select $s.f()" : "select * from $s.members" } = scenario;
  const client = new pg.Client(database.superuserUrl);
  await client.connect();
  const taken = new Set<string>();
  client.on("notice", ({ message = "" }) => void (message.startsWith("taken: ") && taken.add(message.slice(7))));
  try {
    await client.query(`set role authenticated; ${temporaryObjects(schema)}`);
    taken.clear();
    if (scenario.setsPath) await client.query("set search_path = evil, pg_catalog");
    await client.query(query.replaceAll("$s", schema));
  } finally {
    await client.end();
  }
  return [...taken].sort();
}

const types = ["jsonb", "json", "text", "int4", "bool", "timestamptz", "char", "name", "date", "inet", "uuid"];
const keywords = ["int", "bigint", "boolean", "varchar", "numeric", "timestamp", "time", "bit", "interval", "bpchar"];

/** Everything that a caller could make, each telling when it is used: as a type's check, as a view, as a trigger. */
function temporaryObjects(schema: string): string {
  const domain = (name: string, base: string) =>
    `create domain pg_temp."${name}" as ${base} check (pg_temp.tell('type ${name}', true))`;
  const bases: Readonly<Record<string, string>> = { int: "int4", bigint: "int8", boolean: "bool" };
  const relation = (name: string, told: string) => `
    create domain pg_temp."is ${name}" as pg_catalog.text check (pg_temp.tell('${told} ${name}', true));
    create table pg_temp.${name} (id pg_temp."is ${name}", role pg_catalog.text);
    insert into pg_temp.${name} values ('a', 'b');
    create function pg_temp.on_${name}() returns trigger language plpgsql as $f$ begin perform pg_temp.tell('${told} ${name}', true); return new; end $f$;
    create trigger tell before insert or update on pg_temp.${name} for each row execute function pg_temp.on_${name}();
    grant all on pg_temp.${name} to public`;
  const view = (name: string) => `
    create domain pg_temp."is ${name}" as pg_catalog.text check (pg_temp.tell('table ${name}', true));
    create view pg_temp.${name} as select 'a'::pg_catalog.text::pg_temp."is ${name}" as id, 'b'::pg_catalog.text as role;
    create function pg_temp.on_${name}() returns trigger language plpgsql as $f$ begin perform pg_temp.tell('table ${name}', true); return new; end $f$;
    create trigger tell instead of insert or update on pg_temp.${name} for each row execute function pg_temp.on_${name}();
    grant all on pg_temp.${name} to public`;
  return [
    `create function pg_temp.tell(what pg_catalog.text, yes pg_catalog.bool) returns pg_catalog.bool language plpgsql as
       $f$ begin if yes then raise notice 'taken: %', what; end if; return true; end $f$`,
    ...types.map((name) => domain(name, `pg_catalog."${name}"`)),
    ...keywords.map((name) => domain(name, `pg_catalog.${bases[name] ?? name}`)),
    `create domain pg_temp."is record" as pg_catalog.text check (pg_temp.tell('type record', true))`,
    `create type pg_temp.record as (a pg_temp."is record")`,
    ...["members", "things", "pg_members", `admins_${schema}`].map(view),
    relation("work", "temporary table"),
  ].join(";\n");
}

/** A schema in which the caller could make functions and operators. */
const ownFunctions = `
  create function evil.tell(what text) returns boolean language plpgsql as $f$ begin raise notice 'taken: %', what; return true; end $f$;
  create function evil.lower(text) returns text language sql as $f$ select 'a' where evil.tell('function lower') $f$;
  create function evil.same(text, text) returns boolean language sql as $f$ select evil.tell('operator =') $f$;
  create operator evil.= (leftarg = text, rightarg = text, function = evil.same)`;

function namesIn(messages: readonly string[]): readonly string[] {
  const told = messages
    .filter((message) => message.startsWith("warning: "))
    .flatMap((message) => [
      ...message.matchAll(/the ((?:temporary table|type|table|function|operator) \S+?)(?=,| and | in |:| of )/g),
    ]);
  return [...new Set(told.map(([, name]) => name ?? ""))].sort();
}
