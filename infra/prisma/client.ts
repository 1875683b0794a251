import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { runCommand } from "../database/run-command.ts";
import { InputError } from "../errors/errors.ts";
import { readSchema } from "./schema-files.ts";
import { formOf } from "./schema-forms.ts";

export interface GenerateOptions {
  /** The file or folder. The client goes where its generator's `output` says, from the schema's folder. */
  readonly schema: string;
  readonly onProgress?: (line: string) => void;
}

/**
 * Generates the application's Prisma client, as `prisma generate` does, without any download: by the Prisma of this
 * package, or, for a schema in Prisma 6's form, by the one that the application has installed.
 *
 * Generating needs no engine, but Prisma's command line first fetches some unless variables name a file to take for
 * each; any will do, since none is loaded. The client itself talks to the database through `@prisma/adapter-pg`.
 * @throws {CommandError} with Prisma's words when the schema is wrong
 * @throws {InputError} when there is no schema, or no Prisma 6 for one in its form
 * @example
 * await generateClient({ schema: "prisma/schema.prisma" });
 * const { PrismaClient } = await import("./prisma/generated/client.ts");
 * const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString }) });
 */
export async function generateClient(options: GenerateOptions): Promise<void> {
  const schema = resolve(options.schema);
  const { files } = await readSchema(schema);
  const isEarlier = formOf(files.map(({ text }) => text)) === 6;
  const commandLine = isEarlier ? findPrisma6(schema) : createRequire(import.meta.url).resolve("prisma/build/index.js");
  await runCommand({
    command: [process.execPath, commandLine, "generate", "--schema", schema, "--no-hints"],
    directory: dirname(schema),
    secrets: {},
    environment: {
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      PRISMA_QUERY_ENGINE_LIBRARY: process.execPath,
      PRISMA_HIDE_UPDATE_MESSAGE: "true",
      // Otherwise the command line asks its makers' server for a newer version.
      CHECKPOINT_DISABLE: "1",
    },
    ...(options.onProgress ? { onProgress: options.onProgress } : {}),
  });
}

/** The application's own: what Prisma generates fits the runtime of the same version alone. */
function findPrisma6(schema: string): string {
  const folder = findPackage("prisma", dirname(schema));
  const version = folder === undefined ? undefined : versionOf(folder);
  if (folder !== undefined && version?.startsWith("6.")) return join(folder, "build/index.js");
  throw new InputError(
    `${schema} has its connection string in the schema, as up to Prisma 6, and ${version === undefined ? "no Prisma" : `Prisma ${version}`} is installed where it is: ` +
      "run `npm install --save-dev prisma@6`, or move the connection string to prisma.config.ts, as Prisma 7 wants it",
  );
}

/** The folder of an installed package, as Node finds it from another folder. */
export function findPackage(name: string, from: string): string | undefined {
  const folder = join(from, "node_modules", name);
  if (existsSync(join(folder, "package.json"))) return folder;
  return dirname(from) === from ? undefined : findPackage(name, dirname(from));
}

export function versionOf(packageFolder: string): string {
  return (JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8")) as { readonly version: string })
    .version;
}
