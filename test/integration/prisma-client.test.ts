import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { toApplicationModel } from "../../infra/contract/data-model.ts";
import { InputError } from "../../infra/errors/errors.ts";
import { deployPrismaMigrations } from "../../infra/migrations/deployment/deploy-migrations.ts";
import { migrateDiff } from "../../infra/migrations/deployment/prisma-commands.ts";
import { generateClient } from "../../infra/prisma/client.ts";
import { parseSchema } from "../../infra/prisma/model.ts";
import { startTestServer, type TestServer } from "../support/test-server.ts";

/** What the test uses of the generated client, which a fresh checkout does not have and the compiler therefore cannot see. */
interface Client {
  readonly user: Model;
  readonly organization: Model;
  readonly notification: Model;
  $disconnect(): Promise<void>;
}
interface Model {
  create(query: object): Promise<Readonly<Record<string, unknown>>>;
  update(query: object): Promise<Readonly<Record<string, unknown>>>;
  findUnique(query: object): Promise<Readonly<Record<string, unknown>> | null>;
}

describe("Prisma's own client", () => {
  let server: TestServer;
  let prisma: Client;

  beforeAll(async () => {
    server = await startTestServer(17);
    const { url: connectionString } = await server.createDatabase();
    await deployPrismaMigrations({ connectionString, directory: "prisma/migrations" });
    await generateClient({ schema: "prisma/schema.prisma" });
    const generated = pathToFileURL(resolve("prisma/generated/client.ts")).href;
    const { PrismaClient } = (await import(generated)) as { PrismaClient: new (options: object) => Client };
    prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString }) });
  });
  afterAll(async () => {
    await prisma?.$disconnect();
    await server?.stop();
  });

  it("creates a notification on the migrated database, and finds it again from the user and the organisation", async () => {
    const user = await prisma.user.create({ data: { id: "test-user-123", email: "user@example.com" } });
    const organization = await prisma.organization.create({
      data: { name: "Red", slug: "red", members: { create: { userId: user.id, role: "OWNER" } } },
    });
    const notification = await prisma.notification.create({
      data: { userId: user.id, organizationId: organization.id, title: "Welcome", message: "You are in" },
    });
    expect(notification).toMatchObject({
      id: expect.any(String),
      type: "INFO",
      read: false,
      createdAt: expect.any(Date),
    });

    const read = await prisma.notification.update({ where: { id: notification.id }, data: { read: true } });
    expect(await prisma.user.findUnique({ where: { id: user.id }, include: { notifications: true } })).toMatchObject({
      notifications: [read],
    });
    expect(
      await prisma.organization.findUnique({
        where: { id: organization.id },
        include: { notifications: true, members: true },
      }),
    ).toMatchObject({
      notifications: [{ title: "Welcome", read: true }],
      members: [{ userId: "test-user-123", role: "OWNER" }],
    });
  });

  it("is refused a notification that belongs to nobody", async () => {
    await expect(
      prisma.notification.create({ data: { userId: "nobody", organizationId: "none", title: "T", message: "M" } }),
    ).rejects.toMatchObject({ code: "P2003" });
  });

  it("stands on columns whose types, nulls and defaults are read from the schema as Prisma makes them", async () => {
    const schema = `datasource db {
        provider = "postgresql"
      }
      enum Colour {
        RED
        DARK_BLUE @map("dark blue")
        @@map("integer")
      }
      model Everything {
        id       Int       @id @default(autoincrement())
        large    BigInt
        ratio    Float     @default(0.5)
        amount   Decimal?
        price    Decimal   @db.Decimal(10, 2)
        isOpen   Boolean   @default(true) @map("is open?")
        data     Json      @default("{}")
        bytes    Bytes?
        made     DateTime  @default(now())
        changed  DateTime  @updatedAt @db.Timestamptz(3)
        day      DateTime? @db.Date
        at       DateTime? @db.Timetz(6)
        key      String    @default(uuid()) @db.Uuid
        own      String    @default(dbgenerated("gen_random_uuid()")) @db.Uuid
        short    String?   @db.VarChar(10)
        fixed    String?   @db.Char(2)
        tags     String[]
        numbers  Int[]     @default([1, 2])
        moments  DateTime[] @db.Timestamptz(3)
        prices   Decimal[] @db.Decimal(10, 2)
        bodies   Json[]
        colour   Colour    @default(RED)
        maybe    Colour?
        colours  Colour[]
        words    Unsupported("tsvector")?
        hidden   String?   @ignore @map("hidden away")
        @@map("every thing $1")
      }`;
    const { url: connectionString } = await server.createDatabase();
    const target = { connectionString, from: { kind: "empty" }, to: { kind: "schema", schema } } as const;
    const client = new pg.Client({ connectionString });
    await client.connect();
    onTestFinished(() => client.end());
    await client.query(await migrateDiff(target));
    const { rows } = await client.query(`
      select attname as column, format_type(atttypid, atttypmod) as type, not attnotnull as nullable, atthasdef as "hasDefault"
      from pg_attribute where attrelid = 'public."every thing $1"'::regclass and attnum > 0 order by attnum`);
    const [table] = toApplicationModel(await parseSchema(schema)).tables;
    expect(table?.hiddenColumns).toEqual(["words", "hidden away"]);
    expect(
      table?.columns.map(({ column, type, enum: isEnum, nullable }) => ({
        column,
        // One that is called like a type of PostgreSQL's own is quoted.
        type: isEnum === undefined ? type : type.replace("integer", '"integer"'),
        nullable,
        hasDefault: table.defaults.has(column),
      })),
    ).toEqual(rows.filter(({ column }) => !table?.hiddenColumns.includes(column)));
  });

  it("is not generated from a schema that is not there, and that is said", async () => {
    const error = await generateClient({ schema: "prisma/missing.prisma" }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(InputError);
    expect(String(error)).toMatch(/missing\.prisma/);
  });
});
