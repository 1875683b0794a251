import fc from "fast-check";
import { bucketArgs } from "../../infra/kinds/bucket/args.ts";
import type { DeclaredResource } from "../../infra/lifecycle/normal-declarations.ts";

/** A Prisma schema and a stack whose names are chosen to get in the way of what is generated from them. */
export interface HostileCase {
  readonly schema: string;
  readonly resources: readonly DeclaredResource[];
}

/** Names that the generated files, TypeScript or JavaScript have a use for themselves. */
const takenNames = [
  "Post",
  "PostRow",
  "PostInsert",
  "PostRelationships",
  "Table",
  "Row",
  "Insert",
  "Update",
  "Empty",
  "Database",
  "ServiceDatabase",
  "Record",
  "Pick",
  "Partial",
  "NonNullable",
  "Date",
  "Promise",
  "Array",
  "Object",
  "Error",
  "Subscription",
  "RealtimeClient",
  "type",
  "never",
  "any",
  "unknown",
  "undefined",
  "string",
  "object",
  "keyof",
  "readonly",
  "infer",
  "symbol",
  "post",
  "post_row",
  "Post_Row",
  "a",
  "A1",
] as const;

/** Names that only a quoted identifier of PostgreSQL can have. */
const quotedNames = [
  "two words",
  'with "quotes"',
  "it's",
  "price $",
  "${x}",
  "`back`",
  "ends */ the comment",
  "line\nbreak",
  "back\\slash",
  "1st",
  "__proto__",
  "constructor",
  "changes",
  "größe",
  "m²",
  "表",
  "-",
  "😀",
] as const;

const columnTypes = [
  "Int",
  "BigInt",
  "Float",
  "Decimal",
  "Decimal @db.Decimal(10, 2)",
  "Boolean",
  "Json",
  "Bytes",
  "DateTime",
  "DateTime @db.Timestamptz(3)",
  "DateTime @default(now())",
  "DateTime @updatedAt",
  "String",
  "String @db.VarChar(10)",
  "String @db.Citext",
  "String @default(cuid())",
  'String @default(dbgenerated("gen_random_uuid()")) @db.Uuid',
  "Int?",
  "Json?",
  "String[]",
  "Int[] @default([])",
  "Json[]",
  "DateTime[] @db.Timestamptz(3)",
  'Unsupported("tsvector")?',
  "String? @ignore",
] as const;

const mapped = fc.option(fc.constantFrom(...quotedNames), { nil: undefined, freq: 2 });
const schemaName = fc.constantFrom("public", "crm");
const map = (name: string | undefined) => (name === undefined ? "" : ` @@map(${JSON.stringify(name)})`);

const enumBlock = fc
  .record({ name: fc.constantFrom(...takenNames), mapped, schema: schemaName, value: fc.constantFrom(...quotedNames) })
  .map(({ name, mapped: mappedName, schema, value }) => ({
    name,
    text: `enum ${name} {\n  A\n  b @map(${JSON.stringify(value)})\n ${map(mappedName)}\n  @@schema("${schema}")\n}`,
  }));

const model = fc.record({
  name: fc.constantFrom(...takenNames),
  mapped,
  schema: schemaName,
  isView: fc.nat(4).map((number) => number === 0),
  isComposite: fc.boolean(),
  columns: fc.array(
    fc.record({
      type: fc.oneof(fc.constantFrom(...columnTypes), fc.constantFrom("Enum", "Enum?", "Enum[]")),
      mapped: fc.option(fc.constantFrom(...quotedNames), { nil: undefined }),
    }),
    { maxLength: 6 },
  ),
});

const privileges = fc.constantFrom<object>(
  { authenticated: "all", service_role: "all" },
  { authenticated: { select: ["id"] }, anon: ["select"] },
  { authenticated: { select: ["id"], update: ["second"] }, service_role: ["select", "insert"] },
  { service_role: ["select"] },
);

const resourceName = fc.constantFrom(
  "channel",
  "presence",
  "room",
  "room-presence",
  "Room",
  "topic",
  "private",
  "public",
  "2024's",
  "a`b",
  "名",
  "$money",
);

const text = fc.constantFrom("room:", "a`${b}\\:", "*/", '"', "organizationId", "two words", "constructor");

export const hostileCase: fc.Arbitrary<HostileCase> = fc
  .record({
    enums: fc.uniqueArray(enumBlock, { maxLength: 3, selector: ({ name }) => name }),
    models: fc.uniqueArray(model, { minLength: 1, maxLength: 4, selector: ({ name }) => name }),
    privileges,
    topics: fc.uniqueArray(resourceName, { maxLength: 2 }),
    buckets: fc.uniqueArray(resourceName.filter(isBucketName), { maxLength: 2 }),
    prefix: text,
    subject: text,
    extensions: fc.constantFrom(["broadcast"], ["presence"], ["broadcast", "presence"]),
  })
  .map(({ enums, models, topics, buckets, prefix, subject, extensions, ...chosen }) => {
    const [{ name: enumName } = { name: "String" }] = enums;
    const tables = models.map((each) => ({
      ...each,
      table: { schema: each.schema, name: each.mapped ?? each.name },
      text: writeModel(each, enumName),
    }));
    const names = tables.map(({ table: { schema, name } }) => `${quote(schema)}.${quote(name)}`);
    return {
      schema: [
        'datasource db {\n  provider = "postgresql"\n  schemas = ["public", "crm"]\n}',
        'generator client {\n  provider = "prisma-client"\n  previewFeatures = ["views"]\n  output = "./x"\n}',
        ...enums.map(({ text: block }) => block),
        ...tables.map(({ text: block }) => block),
      ].join("\n"),
      resources: [
        ...tables.map(({ isView }, index) => {
          const name = names[index] ?? "";
          return isView
            ? resource("palisade:index:ViewAccess", name, { view: name, grants: chosen.privileges })
            : resource("palisade:index:TableAccess", name, { table: name, grants: chosen.privileges });
        }),
        resource("palisade:index:Publication", "supabase_realtime", { tables: names }),
        resource("palisade:components:RealtimeChanges", "supabase_realtime", {
          filters: names.flatMap((table) => [
            { table, column: "id" },
            { table, column: "second" },
          ]),
        }),
        ...buckets.map((name) => resource("palisade:index:Bucket", name, { public: name.length % 2 === 0 })),
        ...topics.map((name) => resource("palisade:components:RealtimeTopic", name, { prefix, subject, extensions })),
      ],
    };
  });

interface Model {
  readonly name: string;
  readonly mapped: string | undefined;
  readonly schema: string;
  readonly isView: boolean;
  readonly isComposite: boolean;
  readonly columns: readonly { readonly type: string; readonly mapped: string | undefined }[];
}

function writeModel(
  { name, mapped: mappedName, schema, isView, isComposite, columns }: Model,
  enumName: string,
): string {
  return [
    `${isView ? "view" : "model"} ${name} {`,
    `  id Int${isView || isComposite ? "" : " @id"}`,
    "  second String",
    ...columns.map(
      ({ type, mapped: column }, index) =>
        `  c${index} ${type.replace("Enum", enumName)}${column === undefined ? "" : ` @map(${JSON.stringify(column)})`}`,
    ),
    ...(isComposite && !isView ? ["  @@id([second, id])"] : []),
    ` ${map(mappedName)}`,
    `  @@schema("${schema}")`,
    "}",
  ].join("\n");
}

/** Storage takes fewer names than the others. */
function isBucketName(name: string): boolean {
  return bucketArgs.shape.name.safeParse(name).success;
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function resource(type: string, name: string, inputs: object): DeclaredResource {
  return { type, name, inputs: inputs as DeclaredResource["inputs"] };
}
