import { createRequire } from "node:module";
import { dirname, resolve } from "node:path";
import { runCommand } from "./command.ts";
import { schemaFile } from "./typed-tables.ts";

export interface GenerateOptions {
  /** Default: `prisma/schema.prisma`. The client goes where its generator's `output` says, from the schema's folder. */
  readonly schemaFile?: string;
  readonly onProgress?: (line: string) => void;
}

/**
 * Generates the application's Prisma client, as `prisma generate` does, without any download.
 *
 * Generating needs no schema engine, but Prisma's command line first fetches one unless a variable names a program to
 * take for it; any program will do, since it is never run. The client itself talks to the database through
 * `@prisma/adapter-pg`.
 * @throws {CommandError} with Prisma's words when the schema is wrong
 * @example
 * await generateClient();
 * const { PrismaClient } = await import("./prisma/generated/client.ts");
 * const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString }) });
 */
export async function generateClient(options: GenerateOptions = {}): Promise<void> {
  const schema = resolve(options.schemaFile ?? schemaFile);
  const commandLine = createRequire(import.meta.url).resolve("prisma/build/index.js");
  await runCommand({
    command: [process.execPath, commandLine, "generate", "--schema", schema, "--no-hints"],
    directory: dirname(schema),
    secrets: {},
    environment: {
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      PRISMA_HIDE_UPDATE_MESSAGE: "true",
      // Otherwise the command line asks its makers' server for a newer version.
      CHECKPOINT_DISABLE: "1",
    },
    ...(options.onProgress ? { onProgress: options.onProgress } : {}),
  });
}
