import { findBlocks, type SchemaBlock, stringsOf } from "./schema-blocks.ts";

/** Up to Prisma 6, the datasource contains the connection string; Prisma 7 refuses such a schema. */
export type PrismaForm = 6 | 7;

/** The Prisma version that a schema is written for. */
export function formOf(schemas: readonly string[]): PrismaForm {
  const hasConnection = schemas.some((schema) =>
    findBlocks(schema).some(
      ({ keyword, properties }) =>
        keyword === "datasource" && properties.some(({ name }) => connectionProperties.includes(name)),
    ),
  );
  return hasConnection ? 6 : 7;
}

/**
 * A schema in Prisma 7's form: without what only Prisma 6 accepts. Every line keeps its number, so that messages have
 * the right location.
 */
export function toCurrentForm(schema: string): string {
  return edit(
    schema,
    findBlocks(schema).flatMap((block) => {
      if (block.keyword === "datasource") return removeProperties(block, connectionProperties);
      // A generator's other settings don't affect the models.
      if (block.keyword === "generator") return keepKnownFeatures(block);
      return [];
    }),
  );
}

export interface ClientForm {
  readonly form: PrismaForm;
  /** The client's output folder, relative to the schema's folder. */
  readonly output: string;
}

/**
 * A schema in one file whose only generator is the client's, with the application's settings for the client's code.
 * Other generators write other files, with packages that may not be installed.
 */
export function withClientGenerator(schemas: readonly string[], { form, output }: ClientForm): string {
  const generators = schemas.flatMap((schema) => findBlocks(schema).filter(({ keyword }) => keyword === "generator"));
  const client = generators.find((block) => clientProviders.includes(providerOf(block)));
  const [features] = client?.properties.filter(({ name }) => name === "previewFeatures") ?? [];
  const previewFeatures =
    features === undefined ? [] : stringsOf(features).filter((name) => currentFeatures.includes(name));
  const own = client !== undefined && providerOf(client) === "prisma-client" ? client.properties : [];
  const kept = own.filter(({ name }) => !["provider", "previewFeatures", ...ownProperties].includes(name));
  const generator = [
    `generator ${client?.name ?? "client"} {`,
    '  provider = "prisma-client"',
    ...(previewFeatures.length === 0 ? [] : [`  previewFeatures = ${JSON.stringify(previewFeatures)}`]),
    ...kept.map(({ text }) => `  ${text}`),
    // Without an engine: the client connects through @prisma/adapter-pg, as Prisma 7's does.
    ...(form === 6 ? ['  engineType = "client"'] : []),
    `  output = ${JSON.stringify(output)}`,
    '  importFileExtension = ""',
    "}",
  ].join("\n");
  const others = schemas.map((schema) => {
    const blocks = findBlocks(schema).filter(({ keyword }) => keyword === "generator");
    return edit(
      schema,
      blocks.map(({ start, end }) => ({ start, end, text: "" })),
    ).trim();
  });
  return `${[generator, ...others].join("\n\n").replaceAll(/\n{3,}/g, "\n\n")}\n`;
}

const connectionProperties = ["url", "directUrl", "shadowDatabaseUrl"];
const clientProviders = ["prisma-client", "prisma-client-js"];
const ownProperties = ["output", "importFileExtension", "engineType", "binaryTargets"];

/** The preview features that this version of Prisma accepts. Any other one is an error. */
export const currentFeatures: readonly string[] = [
  "fullTextSearchPostgres",
  "nativeDistinct",
  "partialIndexes",
  "postgresqlExtensions",
  "relationJoins",
  "schemaEngineDriverAdapters",
  "shardKeys",
  "strictUndefinedChecks",
  "typedSql",
  "views",
];

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

function edit(schema: string, edits: readonly Edit[]): string {
  return [...edits]
    .sort((left, right) => right.start - left.start)
    .reduce((text, { start, end, text: replacement }) => text.slice(0, start) + replacement + text.slice(end), schema);
}

function removeProperties({ properties }: SchemaBlock, names: readonly string[]): readonly Edit[] {
  return properties.filter(({ name }) => names.includes(name)).map(({ start, end }) => ({ start, end, text: "" }));
}

function keepKnownFeatures({ properties }: SchemaBlock): readonly Edit[] {
  return properties
    .filter(({ name }) => name === "previewFeatures")
    .map((property) => {
      const lines = "\n".repeat(property.text.split("\n").length - 1);
      const known = stringsOf(property).filter((name) => currentFeatures.includes(name));
      return { ...property, text: `previewFeatures = ${JSON.stringify(known)}${lines}` };
    });
}

function providerOf({ properties }: SchemaBlock): string {
  const provider = properties.find(({ name }) => name === "provider");
  return provider === undefined ? "" : (stringsOf(provider)[0] ?? "");
}
