import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { parseSchema, toDataModel } from "../../infra/prisma/model.ts";
import { defineTable } from "../../infra/prisma/reference.ts";
import { generateTypedTables } from "../../infra/prisma/typed-tables.ts";
import { ColumnReference, TableReference } from "../../infra/sql/reference.ts";
import { applicationTables } from "../../stacks/tables.ts";

const datasource = 'datasource db {\n  provider = "postgresql"\n}\n';

describe("the committed tables", () => {
  it("are what schema.prisma generates", async () => {
    expect(await readFile("stacks/tables.ts", "utf8")).toBe(
      await generateTypedTables(resolve("prisma/schema.prisma"), "stacks/tables.ts"),
    );
  });

  it("name tables and columns as the database does", () => {
    const app = applicationTables();
    expect(app.tasks.$table).toEqual(new TableReference("public", "tasks", undefined));
    expect(app.tasks.organizationId).toEqual(new ColumnReference(app.tasks.$table, "organization_id"));
    expect(app.organizationMembers.role).toBeInstanceOf(ColumnReference);
    // A column called name is a column, and not the table's name.
    expect(app.organizations.name).toEqual(new ColumnReference(app.organizations.$table, "name"));
    // @ts-expect-error there is no such column, and the compiler says so
    expect(app.tasks.organisationId).toBeUndefined();
  });

  it("carry the resource that creates them", () => {
    const migrations = { urn: "migrations" };
    expect(applicationTables(migrations).users.email.table.source).toBe(migrations);
  });
});

describe("a typed table", () => {
  it("takes any field name that Prisma does", () => {
    const table = defineTable("public", "odd", {
      name: "name",
      schema: "schema",
      kind: "kind",
      table: "table",
      constructor: "c",
      toString: "s",
    });
    expect(table.toString.name).toBe("s");
    expect(table.constructor).toBeInstanceOf(ColumnReference);
    expect(table.table.table).toBe(table.$table);
  });
});

describe("the generator", () => {
  it("writes a schema other than public before the table, and quotes a name that is no word", async () => {
    const directory = await mkdtemp(join(tmpdir(), "schema-"));
    const file = join(directory, "schema.prisma");
    await writeFile(
      file,
      `datasource db {\n  provider = "postgresql"\n  schemas = ["public", "crm"]\n}\nmodel HTTPLog {\n  id Int @id\n  @@schema("public")\n}\nmodel Customer {\n  id Int @id\n  @@map("customer accounts")\n  @@schema("crm")\n}\n`,
    );
    const text = await generateTypedTables(file, "tables.ts").finally(() => rm(directory, { recursive: true }));
    expect(text).toContain('    httpLog: defineTable(\n      "public",\n      "HTTPLog",');
    expect(text).toContain('    "crmCustomer accounts": defineTable(\n      "crm",\n      "customer accounts",');
  });
});

describe("what the schema says of columns", () => {
  const schema = `${datasource}
    model Org {\n id Int @id @default(autoincrement())\n notes Note[]\n }
    model Note {
      id      String   @id @default(dbgenerated("gen_random_uuid()")) @db.Uuid
      key     String   @default(uuid())
      orgId   Int      @map("org_id")
      nextId  String?  @map("next_id") @db.Uuid
      title   String   @default("new")
      made    DateTime @default(now())
      changed DateTime @default(now()) @updatedAt
      tags    String[] @default(dbgenerated("'{}'::text[]"))
      state   String   @default(dbgenerated("'draft'"))
      since   DateTime @default(dbgenerated("CURRENT_TIMESTAMP"))
      author  String   @default(dbgenerated("COALESCE(NULLIF(current_setting('my.user'), ''), 'nobody')"))
      org     Org      @relation(fields: [orgId], references: [id])
      next    Note?    @relation("next", fields: [nextId], references: [id], onDelete: SetNull)
      last    Note[]   @relation("next")
    }`;

  it("is which of them the database computes, and by which a row belongs to another", async () => {
    const { tables } = toDataModel(await parseSchema(schema));
    const named = (fact: "isComputed" | "mayNameOwner") =>
      tables.map(({ columns }) => columns.filter((column) => column[fact]).map(({ column }) => column));
    expect(named("isComputed")).toEqual([["id"], ["id", "made", "since", "author"]]);
    expect(named("mayNameOwner")).toEqual([[], ["org_id"]]);
  });

  it("is also which of them Prisma's client does not know, without those that the database computes", async () => {
    const { tables } = toDataModel(
      await parseSchema(`${datasource}
      enum Colour {\n RED\n }
      model Org {\n id Int @id\n notes Note[] @ignore\n }
      model Note {
        id     Int      @id @default(autoincrement())
        place  Unsupported("geometry(Point, 4326)")? @map("the \\"place\\"")
        search Unsupported("tsvector")? @default(dbgenerated())
        vector Unsupported("vector(3)")? @default(dbgenerated("'[0,0,0]'::vector(3)"))
        token  Unsupported("bytea") @default(dbgenerated("gen_random_bytes(8)")) // @map("not this")
        colour Colour?  @ignore
        made   DateTime @default(now()) @ignore
        word   String   @default("an @ignore in a string")
        orgId  Int      @ignore @map("org_id")
        org    Org      @relation(fields: [orgId], references: [id]) @ignore
        @@index([place], type: Gist)
      }`),
    );
    const [org, note] = tables;
    expect([org?.hiddenColumns, note?.hiddenColumns]).toEqual([[], ['the "place"', "vector", "colour", "org_id"]]);
  });

  it("is in the committed tables", () => {
    const { $columns } = applicationTables().attachments;
    expect($columns?.all.length).toBe(10);
    expect($columns?.key.map(({ name }) => name)).toEqual(["id"]);
    expect($columns?.computed.map(({ name }) => name)).toEqual(["id", "uploaded_by_id", "created_at", "updated_at"]);
    expect($columns?.owners.map(({ name }) => name)).toEqual(["organization_id"]);
  });
});

describe("the data model", () => {
  it("tells each column by its name in the database, with type and nullability", async () => {
    const { tables } = toDataModel(
      await parseSchema(`${datasource}
      enum Colour {\n RED\n BLUE\n @@map("colour")\n }
      model Everything {
        first  Int
        second BigInt @map("the second")
        colour Colour?
        tags   String[]
        body   Json
        short  String @db.VarChar(10)
        fixed  String @db.Char(2)
        key    String @db.Uuid
        money  Decimal @db.Decimal(10, 2)
        plain  DateTime
        zoned  DateTime @db.Timestamptz(3)
        day    DateTime @db.Date
        place  Unsupported("point")?
        hidden String @ignore
        @@id([second, first])
        @@map("every_thing")
      }
      model Part {\n id String @id\n wholes Whole[]\n }
      model Whole {\n id BigInt @id\n parts Part[]\n }`),
    );
    expect(tables).toEqual([
      {
        model: "Everything",
        schema: "public",
        name: "every_thing",
        isView: false,
        columns: [
          { field: "first", column: "first", type: "integer", nullable: false },
          { field: "second", column: "the second", type: "bigint", nullable: false },
          { field: "colour", column: "colour", type: "colour", enum: "Colour", nullable: true },
          { field: "tags", column: "tags", type: "text[]", nullable: true },
          { field: "body", column: "body", type: "jsonb", nullable: false },
          { field: "short", column: "short", type: "character varying(10)", nullable: false },
          { field: "fixed", column: "fixed", type: "character(2)", nullable: false },
          { field: "key", column: "key", type: "uuid", nullable: false },
          { field: "money", column: "money", type: "numeric(10,2)", nullable: false },
          { field: "plain", column: "plain", type: "timestamp(3) without time zone", nullable: false },
          { field: "zoned", column: "zoned", type: "timestamp(3) with time zone", nullable: false },
          { field: "day", column: "day", type: "date", nullable: false },
        ],
        hiddenColumns: ["place", "hidden"],
        primaryKey: ["the second", "first"],
      },
      {
        model: "Part",
        schema: "public",
        name: "Part",
        isView: false,
        columns: [{ field: "id", column: "id", type: "text", nullable: false }],
        hiddenColumns: [],
        primaryKey: ["id"],
      },
      {
        model: "Whole",
        schema: "public",
        name: "Whole",
        isView: false,
        columns: [{ field: "id", column: "id", type: "bigint", nullable: false }],
        hiddenColumns: [],
        primaryKey: ["id"],
      },
      {
        model: "_PartToWhole",
        schema: "public",
        name: "_PartToWhole",
        isView: false,
        columns: [
          { field: "A", column: "A", type: "text", nullable: false },
          { field: "B", column: "B", type: "bigint", nullable: false },
        ],
        hiddenColumns: [],
        primaryKey: ["A", "B"],
      },
    ]);
  });

  it("says where a schema is wrong, in Prisma's words", async () => {
    await expect(parseSchema(`${datasource}model X {\n  id Strin @id\n}`)).rejects.toThrow(
      /Type "Strin" is neither a built-in type[\s\S]*schema\.prisma:5/,
    );
  });
});
