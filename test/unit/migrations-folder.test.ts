import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { prismaFolderProblem } from "../../infra/migrations/formats/prisma/folder-problem.ts";
import { createTestFolder } from "../support/folder.ts";

const create = "create table public.first (id int)";

async function problemOf(files: Readonly<Record<string, string>>, directory = "prisma/migrations") {
  const project = createTestFolder();
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(project, file)), { recursive: true });
    writeFileSync(join(project, file), text);
  }
  return prismaFolderProblem(join(project, directory), directory);
}

describe("a folder of migrations", () => {
  it("is accepted with migrations in it, with or without Prisma's lock file", async () => {
    const migration = { "prisma/migrations/1_first/migration.sql": create };
    expect(await problemOf(migration)).toBeUndefined();
    const lockFile = { "prisma/migrations/migration_lock.toml": '# lock\nprovider = "postgresql"\n' };
    expect(await problemOf({ ...migration, ...lockFile })).toBeUndefined();
  });

  it.each([
    ["that does not exist", {}, "there is no folder prisma/migrations; name the one that holds Prisma's migrations"],
    ["that is a file", { "prisma/migrations": create }, "prisma/migrations is a file; name the folder"],
    [
      "without any",
      { "prisma/migrations/migration_lock.toml": 'provider = "postgresql"\n' },
      "prisma/migrations holds no migration; make the first with `npx prisma migrate dev`",
    ],
    [
      "of another tool, with the scripts themselves in it",
      { "prisma/migrations/1_first.sql": create },
      "it holds 1_first.sql itself, where Prisma keeps each migration in a folder of its own, as in prisma/migrations/1_first/migration.sql",
    ],
    [
      "one level too high",
      { "prisma/migrations/migrations/1_first/migration.sql": create },
      "prisma/migrations holds no migrations itself, and prisma/migrations/migrations does; name that folder",
    ],
    [
      "in which a migration has no script",
      { "prisma/migrations/1_first/migration.sql": create, "prisma/migrations/2_second/notes.md": "to do" },
      "2_second in prisma/migrations has no migration.sql; restore the file from version control",
    ],
    [
      "for another database",
      {
        "prisma/migrations/1_first/migration.sql": create,
        "prisma/migrations/migration_lock.toml": 'provider = "mysql"\n',
      },
      "prisma/migrations/migration_lock.toml says that these migrations are for mysql",
    ],
  ] as const)("is refused %s", async (_, files, says) => {
    expect(await problemOf(files)).toContain(says);
  });
});
