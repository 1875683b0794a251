import pg from "pg";
import { describe, expect, it } from "vitest";
import type { Application } from "../../../support/application.ts";
import { emailOf, everybody, type Person } from "./people.ts";
import { type Command, commands, type TableRules, tables, type Values } from "./table-rules.ts";

/** Every table and command, by everybody: what each sees and changes is exactly what concerns them. */
export function describeTables(application: Application): void {
  const { request } = application;

  describe.each(tables)("the rows of $table", (rules) => {
    const refused = `42501 permission denied for table ${rules.table}`;

    it.each(commands)("are for those they concern, and nobody else: %s", async (command) => {
      const actual: Record<string, unknown> = {};
      for (const [name, person] of everybody) actual[name] = await attempt(application, rules, command, person);
      const expected = everybody.map(([name, person]) => [name, expectation(rules, command, person)]);
      expect(actual).toEqual(Object.fromEntries(expected));
    });

    it.each(commands)("are kept from whoever is not signed in: %s", async (command) => {
      for (const sql of statements(rules, command)) {
        expect((await request({ role: "anon", sql })).refusal).toBe(refused);
        // Nor does a token help that says who it is, while the role stays anon.
        expect((await request({ role: "anon", user: "red-owner", sql })).refusal).toBe(refused);
      }
    });

    it.each(commands)("are all at the service role's disposal: %s", async (command) => {
      const added = insertion(rules.table, rules.ofServer ?? rules.additions[0]?.values ?? {});
      for (const sql of command === "insert" ? [added] : statements(rules, command)) {
        const { refusal, count } = await request({ role: "service_role", before: policiesAlone, sql });
        const expected = command === "insert" ? 1 : rules.rows.length;
        expect({ sql, refusal, count }).toEqual({ sql, refusal: undefined, count: expected });
      }
    });

    it.each(["anon", "authenticated", "service_role"] as const)(
      "can't all be emptied, past every policy, by %s",
      async (role) => {
        const { refusal } = await request({ role, user: "red-owner", sql: `truncate public.${rules.table}` });
        expect(refusal).toBe(refused);
      },
    );
  });

  it.each(["anon", "authenticated", "service_role"] as const)(
    "Prisma's own record is out of reach for %s",
    async (role) => {
      for (const sql of [
        "select * from public._prisma_migrations",
        "insert into public._prisma_migrations (id, checksum, migration_name) values ('x', 'x', 'x')",
        "update public._prisma_migrations set checksum = 'x'",
        "delete from public._prisma_migrations",
        "truncate public._prisma_migrations",
      ]) {
        const { refusal } = await request({ role, user: "red-owner", sql });
        expect({ sql, refusal }).toEqual({ sql, refusal: "42501 permission denied for table _prisma_migrations" });
      }
    },
  );
}

/** That an organisation keeps an owner is then asked at the end of the transaction, which never comes. */
const policiesAlone = "set constraints all deferred";

const rowRefused = (table: string) => `42501 new row violates row-level security policy for table "${table}"`;

/** Statements over the whole table that name no row: which rows they reach is the policies' doing alone. */
function statements({ table, additions, change }: TableRules, command: Command): string[] {
  switch (command) {
    case "select":
      return [`select * from public.${table}`];
    case "insert":
      return additions.map(({ values }) => insertion(table, values));
    case "update":
      return Object.keys(change).map((column) => `update public.${table} set ${column} = ${column}`);
    case "delete":
      return [`delete from public.${table}`];
  }
}

function insertion(table: string, values: Values): string {
  const literals = Object.values(values).map((value) => pg.escapeLiteral(String(value)));
  return `insert into public.${table} (${Object.keys(values).join(", ")}) values (${literals.join(", ")})`;
}

/** What a person sees, or what their statements did, as the owner finds it afterwards. */
async function attempt(
  { request }: Application,
  rules: TableRules,
  command: Command,
  person: Person,
): Promise<unknown> {
  const { table, key, additions } = rules;
  const asked = { user: person.user, email: emailOf(person) };
  const keys = (rows: readonly Readonly<Record<string, unknown>>[]) => rows.map((row) => row.key).sort();
  if (command === "insert") {
    const outcomes: [string, string][] = [];
    for (const { key: name, values } of additions) {
      const { refusal } = await request({ ...asked, sql: insertion(table, values) });
      outcomes.push([name, refusal ?? "made"]);
    }
    return Object.fromEntries(outcomes);
  }
  if (command === "select") {
    const { refusal, rows } = await request({ ...asked, sql: `select ${key} as key from public.${table}` });
    return refusal ?? keys(rows);
  }
  const [sql = ""] = statements(rules, command);
  // Whatever else an update does, a new version of the row is of this transaction, or of one within it.
  const changed = command === "update" ? "where xmin::text::bigint >= pg_current_xact_id()::text::bigint" : "";
  const { refusal, after } = await request({
    ...asked,
    before: policiesAlone,
    sql,
    after: `select ${key} as key from public.${table} ${changed}`,
  });
  if (refusal !== undefined) return refusal;
  const left = keys(after);
  return command === "update"
    ? left
    : rules.rows
        .map((row) => row.key)
        .filter((name) => !left.includes(name))
        .sort();
}

/** What a person's attempt must come to, through SQL and through HTTP. */
export function expectation(rules: TableRules, command: Command, person: Person): unknown {
  const { table, rows, additions, allows, taken } = rules;
  const allow = allows[command];
  if (command === "insert") {
    const refusal = allow === "not granted" ? `42501 permission denied for table ${table}` : rowRefused(table);
    const isMade = (row: (typeof additions)[number]) => allow !== "not granted" && allow(person, row);
    const outcome = taken?.by(person)
      ? `23505 duplicate key value violates unique constraint "${taken.constraint}"`
      : "made";
    return Object.fromEntries(additions.map((row) => [row.key, isMade(row) ? outcome : refusal]));
  }
  if (allow === "not granted") return `42501 permission denied for table ${table}`;
  return rows
    .filter((row) => allow(person, row))
    .map((row) => row.key)
    .sort();
}
