import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readDiagnostics } from "../support/pulumi-output.ts";
import { type MigrationsStack, openMigrationsStack } from "./migrations-stack.ts";

const program = (...resources: readonly string[]) => `
import { DatabaseFunction, Extension, Migrations, Perimeter, TableAccess } from "pulumi-palisade";
${resources.join("\n")}
`;
const migrations = 'const migrations = new Migrations("migrations", { directory: "migrations" });';
const makeFunction = (name: string, head: string, body: string, options = "{}") =>
  `new DatabaseFunction("${name}", { definition: \`create function public.${name}${head} set search_path = '' as $$ ${body} $$\`, execute: [] }, ${options});`;
const hosted = "which a hosted project has and the local database can't have: ";
const remote = "or use a remote development database (palisade:connection)";

describe("an extension of hosted projects, which the local database can't have", () => {
  let project: MigrationsStack;
  beforeAll(async () => {
    project = await openMigrationsStack(17, { program: program() });
  });
  afterAll(() => project?.close());

  /** What each resource is told at preview. */
  async function preview(...resources: readonly string[]) {
    project.stack.write(program(...resources));
    const run = await project.stack.preview();
    const told = Object.fromEntries([...readDiagnostics(run)].map(([resource, lines]) => [resource, lines.join("\n")]));
    return { ...run, told };
  }

  it("is refused at preview where it is declared, with what can be done; what uses it only waits", async () => {
    const { exitCode, output, told } = await preview(
      'const net = new Extension("pg_net");',
      makeFunction("notify", "() returns bigint language sql", "select net.http_post('x')", "{ dependsOn: net }"),
      makeFunction("near", "(v extensions.vector) returns int language sql", "select 1", "{ dependsOn: net }"),
    );
    expect(exitCode, output).not.toBe(0);
    expect(told["Extension pg_net"]).toBe(
      `error: name: the program needs the extension pg_net, ${hosted}leave it out of this stack, with a stand-in of your own for what is used of it, ${remote}`,
    );
    expect(told["Function notify"]).toMatch(/^warning: .*This can't be checked before pg_net can be made$/);
    expect(Object.values(told).filter((lines) => lines.includes("error: "))).toHaveLength(1);
  });

  it("is named where functions of the program use it undeclared: once with what can be done", async () => {
    const { exitCode, output, told } = await preview(
      makeFunction("notify", "() returns bigint language sql", "select net.http_post('x')"),
      makeFunction("plan", "() returns bigint language sql", "select net.http_get('x')"),
      makeFunction("near", "(v extensions.vector) returns int language sql", "select 1"),
      makeFunction("later", "() returns void language plpgsql", "begin perform 1 from net._http_response; end"),
      makeFunction("other", "() returns int language sql", "select public.nowhere()"),
    );
    expect(exitCode, output).not.toBe(0);
    const ofNet = ["notify", "plan", "later"].map((name) => told[`Function ${name}`] ?? "");
    expect(ofNet.filter((lines) => !lines.includes("does not exist: it is of the extension pg_net"))).toEqual([]);
    const inFull = `the extension pg_net, ${hosted}make a stand-in of your own for it, ${remote}`;
    expect(ofNet.filter((lines) => lines.includes(inFull))).toHaveLength(1);
    expect(told["Function near"]).toContain(
      `type extensions.vector does not exist: it is of the extension vector, ${hosted}`,
    );
    expect(told["Function other"]).not.toContain("extension");
  });

  it("is named with the lines of the pending migrations that need it, and nothing is applied", async () => {
    project.migration(
      "1_notes",
      "create table public.notes (id int primary key, owner uuid);\n" +
        "create function public.tell() returns void language plpgsql as $$ begin perform net.http_post('x'); end $$;",
    );
    project.migration(
      "2_documents",
      "-- what is like what\ncreate extension if not exists vector with schema extensions;\n\n" +
        "create table public.documents (id int primary key, meaning extensions.vector(1536));\n" +
        "select cron.schedule('tidy', '0 3 * * *', 'select 1');",
    );
    const { exitCode, output, told } = await preview(
      migrations,
      'new TableAccess("notes", { table: "public.notes", grants: { authenticated: ["select"] } }, { dependsOn: migrations });',
      'new TableAccess("documents", { table: "public.documents", grants: { anon: ["select"] } }, { dependsOn: migrations });',
      'new Perimeter("perimeter");',
    );
    expect(exitCode, output).not.toBe(0);
    expect(told["Migrations migrations"]).toBe(
      "applies 1_notes, 2_documents\n" +
        `warning: functions of the pending migrations call net.http_post of pg_net (1_notes, line 2), ${hosted}these calls fail there, unless you make stand-ins of your own, ${remote}\n` +
        "error: the pending migrations need the extension vector (2_documents, line 2) and cron.schedule of pg_cron (2_documents, line 5), " +
        `${hosted}let them make stand-ins of your own where pg_available_extensions lacks the extension, ${remote}`,
    );
    expect(told["TableAccess documents"]).toContain("This can't be checked before migrations can be made");
    expect(told["Perimeter perimeter"]).toBeUndefined();
    expect(Object.values(told).filter((lines) => lines.includes("error: "))).toHaveLength(1);
    const up = await project.stack.up();
    expect(up.exitCode, up.output).not.toBe(0);
    expect(await project.stack.sql("select from pg_class where relname in ('notes', 'documents')")).toEqual([]);
  });

  it("may have a stand-in of one's own, which the migrations make", async () => {
    const onlyThere = (extension: string, make: string, instead: string) =>
      `do $$ begin\n  if exists (select from pg_available_extensions where name = '${extension}') then ${make};\n  else ${instead};\n  end if;\nend $$;\n`;
    project.migration(
      "2_documents",
      onlyThere("vector", "create extension vector schema extensions", "create domain extensions.vector as real[]") +
        "create table public.documents (id int primary key, meaning extensions.vector);",
    );
    project.migration(
      "3_calls",
      "create schema if not exists net;\ncreate function net.http_post(url text) returns bigint language sql as 'select 0::bigint';\n" +
        "create function public.call() returns bigint language sql as $$ select net.http_post('https://example.com') $$;",
    );
    project.stack.write(program(migrations));
    const up = await project.stack.run("up", "--yes");
    expect(up.exitCode, up.output).toBe(0);
    expect(await project.stack.sql("select meaning from public.documents")).toEqual([]);
    const again = await project.stack.preview("--expect-no-changes");
    expect(again.exitCode, again.output).toBe(0);
  });

  it("is not available on another server either, which says so in its own words", async () => {
    await project.stack.sql("drop event trigger palisade_2_trust; drop function pg_catalog.palisade_trust()");
    project.migration("4_places", "select 1::geometry;\ncreate extension postgis;");
    const { exitCode, output, told } = await preview(migrations);
    expect(exitCode, output).not.toBe(0);
    expect(told["Migrations migrations"]).toContain(
      'error: the pending migration 4_places, line 2, can\'t be applied: extension "postgis" is not available',
    );
    expect(output).not.toContain("the local database");
  });
});
