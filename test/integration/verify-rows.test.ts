import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Database, type Session } from "../../infra/database/database.ts";
import { projectDirectory } from "../../infra/settings/project-folder.ts";
import { loadParser } from "../../infra/sql/parser.ts";
import { formatQualified, quoteIdentifier, quoteLiteral, quoteQualified } from "../../infra/sql/quote.ts";
import type { Draft, MadeRow, MadeRows, Values } from "../../infra/verify/rows/made-rows.ts";
import { makeRows } from "../../infra/verify/rows/make-rows.ts";
import { planRows } from "../../infra/verify/rows/plan-rows.ts";
import { readSchema } from "../../infra/verify/rows/read-schema.ts";
import type { RowRequest } from "../../infra/verify/rows/row-request.ts";
import type { SchemaFacts } from "../../infra/verify/rows/schema-facts.ts";
import { awkwardSchema } from "../support/awkward-schema.ts";
import { peoplesSchemas } from "../support/peoples-schemas.ts";
import { startTestServer, type TestServer } from "../support/test-server.ts";

interface Trial {
  readonly session: Session;
  readonly facts: SchemaFacts;
  readonly made: MadeRows;
  readonly roundTrips: number;
}

describe("rows made from the schema", () => {
  let server: TestServer;
  let database: Database;
  const opened: Database[] = [];

  const open = async (sql: string): Promise<Database> => {
    const fresh = new Database((await server.createDatabase()).url);
    opened.push(fresh);
    await fresh.transaction((session) => session.run(sql));
    return fresh;
  };
  const inOrganizations: RowRequest = {
    tenants: ["A", "B"],
    tenantTable: { schema: "public", name: "organizations" },
  };

  beforeAll(async () => {
    await loadParser();
    server = await startTestServer(17);
    database = await open(awkwardSchema);
  });
  afterAll(async () => {
    await Promise.all(opened.map((each) => each.close()));
    await server?.stop();
  });

  it("are made in every table, whatever its types, checks, keys and partitions, or the constraint's own words say why not", async () => {
    await trying(database, inOrganizations, async ({ facts, made }) => {
      expect(refusedTables(made)).toEqual({
        "public.closed": "this table is closed since 2019",
        "public.guarded": 'new row for relation "guarded" violates check constraint "knows_the_word"',
        "public.needs_closed": "it needs a row of public.closed, which could not be made",
        "public.swallowed": "a trigger of the table keeps the row out, without an error",
      });
      expect(made.notMade.find(({ table }) => table.name === "guarded")).toMatchObject({
        refusal: { sqlState: "23514", constraint: "knows_the_word" },
        advice: expect.stringContaining('fixtures: { "public.guarded": { column: value } }'),
      });
      const unmade = Object.keys(refusedTables(made));
      const expected = facts.tables
        .filter(({ schema }) => schema === "public" || schema === "extra")
        .map(formatQualified);
      for (const tenant of ["A", "B"]) {
        const own = <T extends { tenant?: string }>(all: readonly T[]) => all.filter((one) => one.tenant === tenant);
        expect(tablesOf(own(made.rows))).toEqual(
          expect.arrayContaining(expected.filter((name) => !unmade.includes(name))),
        );
        expect(tablesOf(own(made.drafts))).toEqual(tablesOf(own(made.rows)));
      }
    });
  });

  it("point to rows of their own tenant alone", async () => {
    await trying(database, inOrganizations, async ({ facts, made }) => {
      const crossing = made.rows.flatMap((row) =>
        referencesOf(row, made.rows, facts).filter((to) => to.tenant !== row.tenant),
      );
      expect(crossing.map(({ table }) => table.name)).toEqual([]);
      const task = made.rows.find(({ table, tenant }) => table.name === "tasks" && tenant === "B");
      const tenants = referencesOf(task as MadeRow, made.rows, facts).map(({ table }) => table.name);
      expect(tenants.sort()).toEqual(["members", "projects"]);
    });
  });

  it("are stored as triggers made them", async () => {
    await trying(database, inOrganizations, async ({ made }) => {
      const [touched] = made.rows.filter(({ table }) => table.name === "touched");
      expect(touched?.values).toMatchObject({ id: expect.stringMatching(/^[^a-z]+$/), seen: "2000-01-01 00:00:00+00" });
      const [log] = made.rows.filter(({ table }) => table.name === "log");
      expect(log?.values.touched).toBe(touched?.values.id);
    });
  });

  it("leave nothing behind, and move no sequence but those that triggers draw from", async () => {
    const before = await contents(database);
    await trying(database, inOrganizations, async ({ roundTrips, session }) => {
      // One to read the catalog, one for all rows, drafts and changes.
      expect(roundTrips).toBe(2);
      const [[counted] = []] = await session.run("select count(*)::int as rows from organizations");
      expect(counted).toEqual({ rows: 2 });
    });
    const after = await contents(database);
    expect(after.rows).toEqual(before.rows);
    // A trigger on another table draws its numbers from this one.
    expect(after.sequences).toEqual({ ...before.sequences, log_id_seq: expect.anything() });
  });

  it("come with drafts that can be inserted, and changes that can be made", async () => {
    await trying(database, inOrganizations, async ({ session, made, facts }) => {
      for (const draft of made.drafts) await undone(session, insertion(draft));
      for (const { row, values, refusal, isOfDraft } of made.changes) {
        const draft = made.drafts.find(({ table, tenant }) => table.name === row.table.name && tenant === row.tenant);
        const key = Object.entries(row.key).map(([name, value]) => [name, isOfDraft ? draft?.values[name] : value]);
        const change = `update ${quoteQualified(row.table)} set ${pairs(values, ", ")} where ${pairs(Object.fromEntries(key), " and ")}`;
        const updated = undone(session, isOfDraft && draft !== undefined ? `${insertion(draft)}; ${change}` : change);
        if (refusal === undefined) await updated;
        else await expect(updated).rejects.toThrow(refusal.message);
      }
      const kinds = (name: string, tenant: string) =>
        made.changes
          .filter(({ row }) => row.table.name === name && row.tenant === tenant)
          .map(
            (change) =>
              `${change.kind} ${Object.keys(change.values).sort().join(", ")}${change.refusal ? " refused" : ""}`,
          );
      expect(kinds("tasks", "A")).toEqual([
        "value number",
        "value assignee",
        "tenant assignee, organization, project",
        "reference assignee, organization refused",
        "reference organization, project refused",
      ]);
      expect(facts.tables.find(({ name }) => name === "checked")?.columns.length).toBe(
        kinds("checked", "B").filter((kind) => kind.startsWith("value")).length + 1,
      );
    });
  });

  it("have the values of a fixture where they can't be found", async () => {
    const fixtures = { "public.guarded": { word: "secret" }, "public.swallowed": { id: { sql: "1 / 0" } } };
    await trying(database, { ...inOrganizations, fixtures }, async ({ made }) => {
      expect(refusedTables(made)).toMatchObject({ "public.swallowed": "division by zero" });
      expect(refusedTables(made)["public.guarded"]).toBeUndefined();
      expect(made.rows.find(({ table }) => table.name === "guarded")?.values.word).toBe("secret");
    });
  });

  it("are those that the caller gives, with the rest filled in, and others point to them", async () => {
    const people = { schema: "public", name: "people" };
    const members = { schema: "public", name: "members" };
    const request: RowRequest = {
      ...inOrganizations,
      given: [
        { name: "ada", table: people, tenant: "A", values: { id: { text: "ada" } } },
        {
          name: "member",
          table: members,
          tenant: "A",
          values: { person: { row: "ada", column: "id" }, role: { text: "owner" } },
        },
        { name: "bob", table: people, tenant: "B", values: { id: { sql: "'b' || 'ob'" } } },
        {
          name: "joining",
          table: members,
          tenant: "A",
          isDraft: true,
          values: { person: { row: "bob", column: "id" } },
        },
      ],
    };
    await trying(database, request, async ({ made }) => {
      const named = (name: string) => made.rows.find((row) => row.name === name)?.values;
      expect(named("member")).toMatchObject({ person: "ada", role: "owner", organization: named("A")?.id });
      expect(named("bob")).toMatchObject({ id: "bob", email: expect.stringContaining("@") });
      expect(made.rows.find(({ table, tenant }) => table.name === "tasks" && tenant === "A")?.values.assignee).toBe(
        "ada",
      );
      expect(made.drafts.find(({ name }) => name === "joining")?.values).toMatchObject({
        person: "bob",
        organization: named("A")?.id,
      });
    });
    await expect(
      trying(database, { ...request, given: [{ name: "x", table: people, values: { idd: { text: "" } } }] }),
    ).rejects.toThrow("the row x: its table has no column idd");
  });

  it("are made in all tables of the sample, for its triggers and rules too", async () => {
    const sample = await open(await migrations());
    const table = (name: string) => ({ schema: "public", name });
    const given = ["A", "B"].flatMap((tenant) => [
      { name: `person ${tenant}`, table: table("users"), tenant, values: { id: { text: `person-${tenant}` } } },
      {
        ...{ name: `member ${tenant}`, table: table("organization_members"), tenant },
        values: { user_id: { row: `person ${tenant}`, column: "id" }, role: { text: "OWNER" } },
      },
    ]);
    await trying(sample, { ...inOrganizations, given }, async ({ made }) => {
      expect(refusedTables(made)).toEqual({});
      const attachment = made.rows.find((row) => row.table.name === "attachments" && row.tenant === "A")?.values;
      const organization = made.rows.find(({ name }) => name === "A")?.values.id;
      expect(attachment).toMatchObject({ organization_id: organization, uploaded_by_id: "person-A" });
      expect(attachment?.path).toMatch(new RegExp(`^${organization}/`));
      const moves = made.changes.filter(({ kind, row }) => kind === "tenant" && row.tenant === "A");
      expect(
        Object.fromEntries(
          moves.map(({ row, values, refusal }) => [row.table.name, refusal?.message ?? Object.keys(values).sort()]),
        ),
      ).toEqual({
        ai_conversations: ["organization_id"],
        attachments: ["organization_id", "path", "task_id", "uploaded_by_id"],
        customers: ["organization_id"],
        organization_members: ["organization_id"],
        notifications: ["organization_id"],
        organization_invitations: ["invited_by_id", "organization_id"],
        projects: ["customer_id", "organization_id"],
        tasks: ["assignee_id", "organization_id", "project_id"],
      });
    });
  });

  it.each(peoplesSchemas)("are made in all tables of $name", async ({ sql }) => {
    const theirs = await open(sql);
    await trying(theirs, { tenants: ["A", "B"] }, async ({ facts, made }) => {
      expect(refusedTables(made)).toEqual({});
      const expected = facts.tables.filter(({ schema }) => schema === "public").map(formatQualified);
      expect(tablesOf(made.rows)).toEqual(expect.arrayContaining(expected));
    });
  });
});

async function trying<T>(database: Database, request: RowRequest, work?: (trial: Trial) => Promise<T>): Promise<void> {
  await database.look(async (session) => {
    const before = database.roundTrips;
    const facts = await readSchema(session);
    const made = await makeRows(session, planRows(facts, request));
    await work?.({ session, facts, made, roundTrips: database.roundTrips - before });
  });
}

/** By table, why rows of it could not be made. */
function refusedTables({ notMade }: MadeRows): Record<string, string> {
  return Object.fromEntries(notMade.map(({ table, reason }) => [formatQualified(table), reason]));
}

function tablesOf(rows: readonly Pick<MadeRow, "table">[]): readonly string[] {
  return [...new Set(rows.map(({ table }) => formatQualified(table)))].sort();
}

/** The rows that a row points to by its foreign keys. */
function referencesOf(row: MadeRow, rows: readonly MadeRow[], { tables }: SchemaFacts): readonly MadeRow[] {
  const table = tables.find((one) => formatQualified(one) === formatQualified(row.table));
  return (table?.foreignKeys ?? []).flatMap(({ columns, to, toColumns }) => {
    const wanted = columns.map((name) => row.values[name]);
    const isTarget = (one: MadeRow) =>
      formatQualified(one.table) === formatQualified(to) &&
      toColumns.every((name, index) => one.values[name] === wanted[index]);
    return wanted.includes(null) ? [] : rows.filter(isTarget);
  });
}

/** Every row of every table, and where the sequences are. */
async function contents(database: Database): Promise<{ readonly rows: unknown; readonly sequences: object }> {
  const [[names] = []] = await database.read(
    "select array_agg(format('%I.%I', schemaname, tablename)) as tables from pg_tables where schemaname in ('public', 'extra', 'auth', 'storage')",
  );
  const tables = names?.tables as readonly string[];
  const rows = tables.map(
    (name) => `select ${quoteLiteral(name)} as name, coalesce(json_agg(t)::text, '') as rows from ${name} t`,
  );
  const [all, [{ sequences = {} } = {}] = []] = await database.read(
    `${rows.join(" union all ")} order by 1; select json_object_agg(sequencename, last_value) as sequences from pg_sequences`,
  );
  return { rows: all, sequences: sequences as object };
}

function insertion({ table, values }: Draft): string {
  const names = Object.keys(values).map(quoteIdentifier).join(", ");
  const list = Object.values(values).map(literal).join(", ");
  const row = names === "" ? "default values" : `(${names}) overriding system value values (${list})`;
  return `insert into ${quoteQualified(table)} ${row}`;
}

async function undone(session: Session, statement: string): Promise<void> {
  await session.run(`savepoint before`);
  try {
    await session.run(statement);
  } finally {
    await session.run(`rollback to before`);
  }
}

function literal(value: string | null): string {
  return value === null ? "null" : quoteLiteral(value);
}

function pairs(values: Values, separator: string): string {
  return Object.entries(values)
    .map(([name, value]) => `${quoteIdentifier(name)} = ${literal(value)}`)
    .join(separator);
}

async function migrations(): Promise<string> {
  const folder = join(projectDirectory, "prisma/migrations");
  const names = readdirSync(folder)
    .filter((name) => /^\d/.test(name))
    .sort();
  return names.map((name) => readFileSync(join(folder, name, "migration.sql"), "utf8")).join("\n");
}
