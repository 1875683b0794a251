import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import ts from "typescript";
import { beforeAll, describe, expect, it } from "vitest";
import { FileNames, functionFileNames } from "../../infra/adopt/code/file-names.ts";
import { Identifiers } from "../../infra/adopt/code/identifiers.ts";
import { Call, Code, type Literal, usesOf, writeLiteral } from "../../infra/adopt/code/literal.ts";
import { namesIn, namesOfModel } from "../../infra/adopt/code/table-names.ts";
import { nameTables, writeTypedTables } from "../../infra/adopt/code/typed-tables.ts";
import { type TableColumns, tableColumns } from "../../infra/adopt/columns.ts";
import { formatFiles } from "../../infra/contract/format.ts";
import { parseSchema, toDataModel } from "../../infra/prisma/model.ts";
import { defineTable } from "../../infra/prisma/reference.ts";
import { loadParser } from "../../infra/sql/parser.ts";
import { ColumnReference, TableReference } from "../../infra/sql/reference.ts";
import { hostileName, hostileText } from "../support/hostile.ts";

const hostileNames = fc.array(
  fc.oneof(hostileName, fc.constantFrom("delete", "a", "A", "a_", "$a", "", "1", "a2", "a_b", "aB")),
  {
    minLength: 1,
    maxLength: 30,
  },
);

beforeAll(loadParser);

describe("identifiers", () => {
  it.each([
    ["ai_conversations", "aiConversations"],
    ["_prisma_migrations", "_prismaMigrations"],
    ["TaskItems", "taskItems"],
    ["HTTPLog", "httpLog"],
    ["delete", "delete_"],
    ["await", "await_"],
    ["2fa codes", "_2faCodes"],
    ["$table", "table"],
    ["", "_"],
    ["__proto__", "_proto"],
    ["名前", "名前"],
    ["größe", "größe"],
    ["one\u200btwo", "oneTwo"],
    ["😀", "_"],
  ])("of %j is %s", (name, identifier) => {
    expect(new Identifiers().variable(name)).toBe(identifier);
  });

  it("of one scope differ, and count from what is taken", () => {
    const names = new Identifiers(["sql"]);
    expect(["tasks", "Tasks", "sql", "tasks2", "tasks"].map((name) => names.variable(name))).toEqual([
      "tasks",
      "tasks2",
      "sql2",
      "tasks22",
      "tasks3",
    ]);
  });

  it("are what the compiler takes, whatever the names are", () => {
    const seen: string[] = [];
    fc.assert(
      fc.property(hostileNames, (names) => {
        const scope = new Identifiers();
        const variables = names.map((name) => scope.variable(name));
        expect(new Set(variables).size).toBe(names.length);
        const fields = new Identifiers();
        const properties = names.map((name) => fields.property(name));
        expect(new Set(properties).size).toBe(names.length);
        seen.push(
          `function f${seen.length}() {\n${variables.map((name) => `const ${name} = 1;`).join("\n")}\nreturn { ${properties.map((name) => `${name}: 1`).join(", ")} };\n}`,
        );
      }),
      { numRuns: 300 },
    );
    const module = `export {};\n${seen.join("\n")}`;
    const { diagnostics } = ts.transpileModule(module, {
      reportDiagnostics: true,
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
    });
    expect(diagnostics?.map(({ messageText }) => messageText)).toEqual([]);
    expect(module).not.toMatch(/\$/);
  });
});

describe("file names", () => {
  it("tell apart what a file system may not", () => {
    const names = new FileNames(["Present"]);
    expect(
      ["a", "A", "straße", "STRASSE", "e\u0301", "é", "present", "con", "a/../b", "", "..", "x[]"].map((name) =>
        names.take(name),
      ),
    ).toEqual([
      ...["a", "A-2", "straße", "STRASSE-2", "é", "é-2", "present-2", "_con", "a_._b", "_", "_-2", "x_array"],
    ]);
  });

  it("name a function's schema and types only where they must", () => {
    const of = (schema: string, name: string, ...argumentTypes: string[]) => ({ schema, name, argumentTypes });
    expect(
      functionFileNames([
        of("private", "me"),
        of("private", "is_member", "text"),
        of("private", "is_member", "text", "uuid[]"),
        of("public", "total"),
        of("private", "total"),
        of("public", "Total", "timestamp with time zone"),
      ]),
    ).toEqual([
      ...["me", "is_member-text", "is_member-text-uuid_array", "public.total", "private.total", "public.Total"].map(
        (name) => (name === "public.Total" ? "public.Total-2" : name),
      ),
    ]);
  });

  it("are safe whatever the names are", () => {
    fc.assert(
      fc.property(hostileNames, (wanted) => {
        const names = new FileNames();
        const files = wanted.map((name) => names.take(name, `public.${name}`));
        expect(new Set(files.map((name) => name.normalize("NFC").toLowerCase())).size).toBe(wanted.length);
        for (const file of files) {
          expect(file).toMatch(/^[\p{L}\p{Nd}_][\p{L}\p{M}\p{Nd}._-]*$/u);
          expect(file).not.toMatch(/[.-]$|\.\./);
          expect(Buffer.byteLength(file)).toBeLessThan(100);
        }
      }),
    );
  });
});

const texts = fc.oneof(
  hostileText,
  fc.string({ unit: "binary" }),
  fc.constantFrom("a\nb", "\ud800", "x\r\ny", "`${a}\\`\n\n b"),
);
const { value: literals } = fc.letrec<{ value: Literal }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    texts,
    fc.constantFrom<Literal>(true, false, null, 0, -0, 1.5, -3, 1e21),
    fc.array(fc.integer({ min: -1000, max: 100_000 }), { maxLength: 40 }),
    fc.array(tie("value"), { maxLength: 5 }),
    fc.dictionary(fc.oneof(texts, fc.constantFrom("__proto__", "a", "b c", "select", "1", "ä")), tie("value"), {
      maxKeys: 5,
    }),
  ),
}));

describe("values", () => {
  it("evaluate to what they were", () => {
    fc.assert(
      fc.property(literals, fc.nat(150), (value, column) => {
        const written = new Function(`return ${writeLiteral(value, { column })}`)() as unknown;
        // Not toStrictEqual, which takes a key `constructor` for the class.
        expect(isDeepStrictEqual(written, restored(value)), JSON.stringify(value)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("are laid out as the formatter would", async () => {
    // Of letters beyond the basic plane the formatter may know that they need no quotes in a key.
    const isPlain = (value: Literal): boolean =>
      typeof value !== "object" ||
      value === null ||
      Object.entries(value).every(([key, inner]) => !/[^\0-\uffff]/u.test(key) && isPlain(inner as Literal));
    const given = fc.sample(literals.filter(isPlain), { numRuns: 250, seed: 4 });
    const calls = given.map((value, index) => {
      const args: Literal[] = [
        `name ${index}`,
        value,
        ...(index % 3 === 0 ? [{ dependsOn: [new Code("migrations")] }] : []),
      ];
      return `export const value${index} = ${writeLiteral(new Call("new Thing", args), { column: `export const value${index} = `.length })};\n`;
    });
    const text = ['import { migrations, Thing } from "./thing.ts";\n\n', ...calls].join("");
    expect((await formatFiles({ "index.ts": text }, process.cwd()))["index.ts"]).toBe(text);
  });

  it("hide nothing: what can't be seen is written by its number", () => {
    expect(writeLiteral("a\u202eb\u00a0\u{e0001}\0")).toBe('"a\\u202eb\\u00a0\\udb40\\udc01\\u0000"');
  });

  it("leave out what is undefined, and say once what has the name of its property", () => {
    const value = { table: new Code("table", ["table"]), none: undefined, list: [new Code("a.b", ["a"])] };
    expect(writeLiteral(value)).toBe("{ table, list: [a.b] }");
    expect(usesOf(value)).toEqual(["table", "a"]);
  });
});

/** JavaScript keeps no key `__proto__` in a comparison but as an own one. */
function restored(value: Literal): unknown {
  if (Array.isArray(value)) return value.map(restored);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, restored(inner as Literal)]));
}

function tableOf(schema: string, name: string, columns: readonly string[]): TableColumns {
  return {
    ...{ schema, name, kind: "r", primaryKey: columns.slice(0, 1), foreignKeys: [columns.slice(1, 2)] },
    columns: columns.map((column) => ({
      name: column,
      type: "text",
      nullable: false,
      isIdentity: false,
      isGenerated: false,
    })),
  };
}

describe("typed tables", () => {
  const column = { type: "text", nullable: false, isIdentity: false, isGenerated: false };
  const tables: readonly TableColumns[] = [
    {
      ...{
        schema: "public",
        name: "tasks",
        kind: "r",
        primaryKey: ["id"],
        foreignKeys: [["organization_id"], ["parent_id"]],
      },
      columns: [
        { ...column, name: "id", isIdentity: true },
        { ...column, name: "organization_id" },
        { ...column, name: "parent_id", nullable: true },
        { ...column, name: "made_at", default: "now()" },
        { ...column, name: "state", default: "'open'::text" },
        { ...column, name: "length", isGenerated: true },
      ],
    },
    { schema: "crm", name: "empty", kind: "r", columns: [], primaryKey: [], foreignKeys: [] },
  ];

  it("are read from the catalog's rows", () => {
    const [task] = tables;
    const { primaryKey, foreignKeys, ...row } = task as TableColumns;
    const keys = [{ type: "p", columns: primaryKey }, ...foreignKeys.map((columns) => ({ type: "f", columns }))];
    const empty = { schema: "crm", name: "empty", kind: "r", columns: null, keys: null };
    expect([...tableColumns.read([{ ...row, keys }, empty]).values()]).toEqual(tables);
  });

  it("say what TenantTable wants to know", () => {
    const app = evaluateTables(writeTypedTables(nameTables(tables)));
    expect(app.tasks?.$columns).toEqual(
      defineTable(
        ...(["public", "tasks"] as const),
        {
          id: "id",
          organizationId: "organization_id",
          parentId: "parent_id",
          madeAt: "made_at",
          state: "state",
          length: "length",
        },
        undefined,
        { key: ["id"], computed: ["id", "madeAt", "length"], owners: ["organizationId"] },
      ).$columns,
    );
    expect(app.crmEmpty?.$table).toEqual(new TableReference("crm", "empty"));
  });

  it("have an example that suits a column of any type", () => {
    expect(writeTypedTables(nameTables(tables))).toContain("sql`${app.tasks.length} is not null`\n");
  });

  it("hold every table and column by its name, whatever that is, and look formatted", async () => {
    const seen = hostileName.filter((name) => writeLiteral(name).length < 70);
    const given = fc.sample(
      fc.array(fc.tuple(seen, fc.uniqueArray(seen, { minLength: 1, maxLength: 6 })), { maxLength: 6 }),
      {
        numRuns: 40,
        seed: 7,
      },
    );
    const files: Record<string, string> = {};
    for (const [index, named] of given.entries()) {
      const all = named.map(([name, columns], at) => tableOf(at % 2 === 0 ? "public" : name, name + at, columns));
      const named_ = nameTables(all);
      const names = namesIn("app", named_);
      files[`tables${index}.ts`] = writeTypedTables(named_);
      const app = evaluateTables(files[`tables${index}.ts`] ?? "");
      for (const table of all) {
        const reference = new TableReference(table.schema, table.name);
        expect(evaluateCode(names.table(table), { app })).toHaveProperty("$table", reference);
        for (const { name } of table.columns) {
          expect(evaluateCode(names.column(table, name), { app })).toEqual(new ColumnReference(reference, name));
        }
      }
    }
    expect(await formatFiles(files, process.cwd())).toEqual(files);
  });

  it("of schema.prisma are found by the same names", async () => {
    const model = toDataModel(
      await parseSchema(
        'datasource db {\n  provider = "postgresql"\n}\nmodel Task {\n  id Int @id\n  orgId Int @map("org_id")\n  @@map("odd tasks")\n}',
      ),
    );
    const names = namesOfModel("app", model.tables);
    expect(names.column({ schema: "public", name: "odd tasks" }, "org_id")?.text).toBe('app["odd tasks"].orgId');
    expect(names.column({ schema: "public", name: "odd tasks" }, "other")).toBeUndefined();
  });
});

function evaluateTables(text: string): Readonly<Record<string, ReturnType<typeof defineTable>>> {
  const code = text
    .replace('import { defineTable } from "pulumi-palisade";', "")
    .replace("export function applicationTables(source?: unknown)", "function applicationTables(source)");
  return new Function("defineTable", `${code}\nreturn applicationTables();`)(defineTable);
}

function evaluateCode(code: Code | undefined, values: Readonly<Record<string, unknown>>): unknown {
  return code && new Function(...Object.keys(values), `return ${code.text}`)(...Object.values(values));
}
