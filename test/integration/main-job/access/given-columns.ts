import { describe, expect, it } from "vitest";
import type { Application } from "../../../support/application.ts";
import { organizations } from "./people.ts";

const inserts: Readonly<Record<string, (organization: string) => readonly [columns: string, values: string]>> = {
  customers: () => ["name", "'C'"],
  projects: () => ["name", "'P'"],
  tasks: (organization) => ["project_id, title", `'${organization}-project', 'T'`],
  attachments: (organization) => [
    "name, path, content_type, size_bytes",
    `'A', '${organization}/new', 'text/plain', 1`,
  ],
  ai_conversations: () => ["title", "'T'"],
};

/** What the database gives a new row, and keeps: its identifier, its times, whose it is. */
export function describeGivenColumns({ request }: Application): void {
  describe.each(Object.entries(inserts))("a new row of %s", (table, write) => {
    const [columns, values] = write("red");
    const user = "test-user-123";
    const insert = (extra: string, value: string) =>
      `insert into public.${table} (organization_id, ${columns}${extra}) values ('red', ${values}${value})`;

    it("has an identifier and times of the database's", async () => {
      const sql = `${insert("", "")} returning length(id) as length, created_at = now()::timestamptz(3) and updated_at = created_at as now`;
      expect((await request({ user, sql })).rows).toEqual([{ length: 36, now: true }]);
    });

    it("is refused with an identifier or a time of one's own, in the same words whatever exists", async () => {
      const refusal = `42501 permission denied for table ${table}`;
      const identifiers = organizations.flatMap((name) => [`${name}-${table.slice(0, -1)}`, `new in ${name}`]);
      for (const id of identifiers) {
        expect((await request({ user, sql: insert(", id", `, '${id}'`) })).refusal).toBe(refusal);
        const quietly = `${insert(", id", `, '${id}'`)} on conflict do nothing`;
        expect((await request({ user, sql: quietly })).refusal).toBe(refusal);
      }
      for (const column of ["created_at", "updated_at"])
        expect((await request({ user, sql: insert(`, ${column}`, ", 'epoch'") })).refusal).toBe(refusal);
    });
  });

  it.each([
    ["tasks", "title = 'U'", 1],
    ["users", "name = 'U'", 1],
    ["ai_conversations", "title = 'U'", 1],
  ])("a row of %s that is changed says when, whatever its writer says", async (table, change, count) => {
    const after = `select count(*)::int as count from public.${table} where updated_at = now()::timestamptz(3)`;
    const before = `alter table public.${table} disable trigger user; update public.${table} set updated_at = 'epoch'; alter table public.${table} enable trigger user`;
    const sql = `update public.${table} set ${change}`;
    expect(await request({ user: "test-user-123", before, sql, after })).toMatchObject({ count, after: [{ count }] });
    const falsely = `update public.${table} set ${change}, updated_at = 'epoch'`;
    const [row] = (await request({ role: "service_role", sql: falsely, after })).after;
    expect(row?.count).toBeGreaterThan(count);
  });
}
