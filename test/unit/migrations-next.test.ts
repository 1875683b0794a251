import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { nextCommands } from "../../infra/cli/migrations.ts";
import { generateTypedTables } from "../../infra/prisma/typed-tables.ts";
import { createTestFolder } from "../support/folder.ts";

const schema = (column: string) => `datasource db {
  provider = "postgresql"
}
model Note {
  id      String @id
  ${column} String
}
`;

describe("a new migration", () => {
  it("is followed by an update, and before it by the typed tables if the project has them and the schema has changed since they were written", async () => {
    const folder = createTestFolder();
    const file = join(folder, "schema.prisma");
    mkdirSync(join(folder, "stacks"));
    const next = async () =>
      (await nextCommands(file, "stacks/tables.ts", folder)).map((command) => command.split(" ").at(-1));
    writeFileSync(file, schema("text"));
    expect(await next()).toEqual(["up"]);
    writeFileSync(join(folder, "stacks/tables.ts"), await generateTypedTables(file, "stacks/tables.ts", folder));
    expect(await next()).toEqual(["up"]);
    writeFileSync(file, schema("title"));
    expect(await next()).toEqual(["generate", "up"]);
    const second =
      'model Second {\n  id String @id\n  @@map("my_note")\n}\nmodel Third {\n  id String @id\n  @@map("myNote")\n}\n';
    writeFileSync(file, `${schema("title")}${second}`);
    await expect(generateTypedTables(file, "stacks/tables.ts", folder)).rejects.toThrow();
    expect(await next()).toEqual(["generate", "up"]);
  });
});
