import { describe, expect, it } from "vitest";
import { run } from "../../infra/cli/init.ts";
import { collectErrors } from "../support/console-errors.ts";
import { exampleIn, installed, makeFolder, own, read } from "../support/new-project.ts";

const said = collectErrors();

describe("a first program", () => {
  it.each([
    ["uuid", "String @db.Uuid", "${app.docs.ownerId} = (select auth.uid())`"],
    ["text", "String", "${app.docs.ownerId} = (select auth.uid())::text`"],
    ["a number", "Int", "sql`false`"],
  ])("compares a user's id with %s as PostgreSQL can", async (_, type, condition) => {
    const text = `datasource db {
  provider = "postgresql"
}
model Owner {
  id   ${type} @id
  docs Doc[]
}
model Doc {
  id      Int @id
  ownerId ${type}
  owner   Owner  @relation(fields: [ownerId], references: [id])
  @@map("docs")
}
`;
    const folder = makeFolder({ ...own, ...installed, "prisma/schema.prisma": text });
    await run([], folder);
    expect(exampleIn(read(folder, "stacks/index.ts"))).toContain(condition);
  });

  it("compares a user with the column that is named as one, and lets nobody read where there is none", async () => {
    const text = (user: string) => `datasource db {
  provider = "postgresql"
}
model Team {
  id      String   @id
  members Member[]
}
model User {
  id      String   @id
  members Member[]
}
model Member {
  id     String @id
  teamId String
  ${user} String
  team   Team   @relation(fields: [teamId], references: [id])
  user   User   @relation(fields: [${user}], references: [id])
  @@map("members")
}
`;
    for (const [user, condition] of [
      ["userId", "${app.members.userId} = (select auth.uid())::text`"],
      ["x", "using: sql`false`"],
    ] as const) {
      const folder = makeFolder({ ...own, ...installed, "prisma/schema.prisma": text(user) });
      await run([], folder);
      expect(exampleIn(read(folder, "stacks/index.ts"))).toContain(condition);
    }
  });

  it("applies supabase/migrations, and has their tables as values", async () => {
    const folder = makeFolder({
      ...own,
      ...installed,
      "supabase/migrations/20260101000000_a.sql": `create table if not exists public.notes (id uuid primary key, "text" text);
        create table crm."Deal" (id int); create table gone (id int); create table old_name (id int, title text);`,
      "supabase/migrations/20260102000000_b.sql": `alter table notes add column author uuid not null references auth.users, drop column "text";
        drop table gone; alter table old_name rename to tags; alter table tags rename column title to label;`,
    });
    await run([], folder);
    const program = read(folder, "stacks/index.ts");
    expect(program).toContain(`
const app = {
  crmDeal: defineTable("crm", "Deal", { id: "id" }, migrations),
  notes: defineTable("public", "notes", { id: "id", author: "author" }, migrations),
  tags: defineTable("public", "tags", { id: "id", label: "label" }, migrations),
};
`);
    expect(program).toContain(
      'const migrations = new Migrations("migrations", {\n  directory: "supabase/migrations",\n',
    );
    expect(read(folder, "Pulumi.yaml")).toContain('palisade:\n  migrations: "supabase/migrations"\n');
    expect(exampleIn(program)).toBe(`new TableAccess("notes", {
  table: app.notes,
  policies: {
    notes_select: { command: "select", roles: ["authenticated"], using: sql\`\${app.notes.author} = (select auth.uid())\` },
  },
  grants: { authenticated: ["select"], service_role: servicePrivileges },
});`);
    expect(said.text).toContain("An update applies what is pending in supabase/migrations");
  });

  it("applies supabase/migrations that make no table", async () => {
    const folder = makeFolder({ ...own, ...installed, "supabase/migrations/1_a.sql": "create schema crm;" });
    await run([], folder);
    expect(read(folder, "stacks/index.ts")).toContain('\nnew Migrations("migrations", {');
  });

  it("applies a folder of plain scripts, and has the tables of those that are not left out", async () => {
    const folder = makeFolder({
      ...own,
      ...installed,
      "db/migrations/V10__rename.sql": "alter table notes rename to letters;",
      "db/migrations/V2__notes.sql": "create table notes (id int);",
      "db/migrations/V10__rename.undo.sql": "drop table letters;",
    });
    await run([], folder);
    const program = read(folder, "stacks/index.ts");
    expect(program).toContain('new Migrations("migrations", {\n  directory: "db/migrations",\n');
    expect(program).toContain('  letters: defineTable("public", "letters", { id: "id" }, migrations),\n');
    expect(read(folder, "Pulumi.yaml")).toContain('palisade:\n  migrations: "db/migrations"\n');
    expect(said.text).toContain("An update applies what is pending in db/migrations.");
  });

  it("leaves out of supabase/migrations what the Supabase CLI leaves out", async () => {
    const folder = makeFolder({
      ...own,
      ...installed,
      "supabase/migrations/1_a.sql": "create table notes (id int);",
      "supabase/migrations/draft.sql": "create table drafts (id int);",
    });
    await run([], folder);
    expect(read(folder, "stacks/index.ts")).toContain("  notes: defineTable(");
    expect(read(folder, "stacks/index.ts")).not.toContain("drafts");
  });

  it("declares no migrations that an update would refuse, and says what is wrong with them", async () => {
    const text = "create table a (id int);\n-- migrate:down\ndrop table a;";
    const folder = makeFolder({ ...own, ...installed, "migrations/1_a.sql": text });
    await run([], folder);
    expect(read(folder, "stacks/index.ts")).not.toContain("new Migrations(");
    expect(said.text).toContain("in migrations/1_a.sql, on line 2");
  });

  it("starts with nothing but an example where there is neither a schema nor migrations", async () => {
    const folder = makeFolder({ ...own, ...installed });
    await run([], folder);
    const program = read(folder, "stacks/index.ts");
    expect(program.split("\n").filter((line) => line !== "" && !line.startsWith("//"))).toEqual(["export {};"]);
  });
});
