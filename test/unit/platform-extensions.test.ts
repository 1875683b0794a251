import { beforeAll, describe, expect, it } from "vitest";
import { loadParser, parseStatements } from "../../infra/sql/parser.ts";
import { extensionCallsIn, extensionUsesOf, namesMadeBy } from "../../infra/sql/platform-extensions.ts";

describe("what a statement uses of extensions that PostgreSQL does not bring", () => {
  beforeAll(() => loadParser());

  it.each([
    ["create extension if not exists vector with schema extensions", ["vector: vector"]],
    ["create table d (a vector(1536), b extensions.halfvec(3)[])", ["vector: vector", "vector: extensions.halfvec"]],
    ["alter table d add column e public.vector(3)", ["vector: public.vector"]],
    ["select '[1]'::vector", ["vector: vector"]],
    ["create index on d using hnsw (e vector_cosine_ops)", ["vector: hnsw"]],
    ["select net.http_post('x')", ["pg_net: net.http_post"]],
    [
      "create trigger t after insert on a for each row execute function supabase_functions.http_request()",
      ["pg_net: supabase_functions.http_request"],
    ],
    ["select http_get('x')", ["http: http_get"]],
    ["insert into cron.job (command) values ('x')", ["pg_cron: cron.job"]],
    ["create view v as select * from vault.decrypted_secrets", ["supabase_vault: vault.decrypted_secrets"]],
    [
      "create trigger t after insert on d for each row execute function net.http_request()",
      ["pg_net: net.http_request"],
    ],
    ["create policy p on d using (st_dwithin(a, b, 3))", ["postgis: st_dwithin"]],
    ["create function f() returns int language sql as $$ select pgmq.send('a', 'b') $$", ["pgmq: pgmq.send"]],
    ["create function f() returns int language plv8 as 'x'", ["plv8: plv8"]],
    ["create function f() returns void language plpgsql as $$ begin perform net.http_post('x'); end $$", []],
    ["create table vector (id int, point point)", []],
    ["select mine.http_get('x'), other.vector(1)", []],
    ["create extension pg_trgm", ["pg_trgm: pg_trgm"]],
  ])("%s", (sql, expected) => {
    const uses = parseStatements(sql).flatMap(extensionUsesOf);
    expect(uses.map(({ extension, written }) => `${extension}: ${written}`)).toEqual(expected);
  });

  it.each([
    ["perform net.http_post('x'), http_get ('y'); v := http;", ["pg_net: net.http_post", "http: http_get"]],
    ["-- net.http_post('x')\nperform 'cron.schedule(1)', mine.http_get('x');", []],
    ['perform "cron"."schedule"(1); select x into v from f(1)', ["pg_cron: cron.schedule"]],
  ])("and what a body in PL/pgSQL calls of them: %s", (body, expected) => {
    const sql = `create function f() returns void language plpgsql as $f$ begin ${body} end $f$`;
    const calls = parseStatements(sql).flatMap(extensionCallsIn);
    expect(calls.map(({ extension, written }) => `${extension}: ${written}`)).toEqual(expected);
  });

  it.each([
    ["create domain extensions.vector as real[]", ["vector"]],
    ["create type vector as (x real)", ["vector"]],
    ["create type vector as enum ('a')", ["vector"]],
    ["create schema net create table x (id int)", ["net", "x"]],
    ["create or replace function public.http_get(text) returns text language sql as 'select 1'", ["http_get"]],
    ["drop table x", []],
  ])("and what it makes, as a stand-in would: %s", (sql, expected) => {
    expect(parseStatements(sql).flatMap(namesMadeBy)).toEqual(expected);
  });
});
