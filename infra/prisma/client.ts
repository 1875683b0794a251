import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { runCommand } from "../database/run-command.ts";
import { InputError } from "../errors/errors.ts";
import { installCommand } from "../settings/project-command.ts";
import { findOwnPackage, findPackage, versionOf } from "./packages.ts";
import { readSchema } from "./schema-files.ts";
import { formOf, type PrismaForm } from "./schema-forms.ts";

export interface GenerateOptions {
  /** The file or folder. The client goes where its generator's `output` says, relative to the schema's folder. */
  readonly schema: string;
  /** The folder from which Prisma is resolved. Default: the schema's. */
  readonly application?: string;
  readonly onProgress?: (line: string) => void;
}

/**
 * Generates the application's Prisma client, as `prisma generate` does, without any download: with the Prisma that the
 * application has installed, or else the stack's project.
 *
 * Generating needs no engine, but Prisma's command line first downloads some unless variables name a file for each; any
 * file will do, since none is loaded. The client itself uses the database through `@prisma/adapter-pg`.
 * @throws {CommandError} with Prisma's message if the schema is invalid
 * @throws {InputError} if there is no schema, or no Prisma installed that supports its form
 * @example
 * await generateClient({ schema: "prisma/schema.prisma" });
 * const { PrismaClient } = await import("./prisma/generated/client.ts");
 * const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString }) });
 */
export async function generateClient(options: GenerateOptions): Promise<void> {
  const schema = resolve(options.schema);
  const { files } = await readSchema(schema);
  const { application = dirname(schema) } = options;
  const commandLine = findCommandLine(application, formOf(files.map(({ text }) => text)));
  await runCommand({
    command: [process.execPath, commandLine, "generate", "--schema", schema, "--no-hints"],
    directory: dirname(schema),
    secrets: {},
    environment: {
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      PRISMA_QUERY_ENGINE_LIBRARY: process.execPath,
      PRISMA_HIDE_UPDATE_MESSAGE: "true",
      // Otherwise the command line checks Prisma's server for a newer version.
      CHECKPOINT_DISABLE: "1",
    },
    ...(options.onProgress ? { onProgress: options.onProgress } : {}),
  });
}

/** Whether there is a command line of Prisma's for this application, of whichever version. */
export function hasPrisma(application: string): boolean {
  return findInstalled(application).length > 0;
}

/** The application's own Prisma takes precedence: generated code only fits the runtime of the same version. */
function findInstalled(application: string): readonly string[] {
  return [findPackage("prisma", application), findPeer()].filter((folder) => folder !== undefined);
}

function findCommandLine(application: string, form: PrismaForm): string {
  const installed = findInstalled(application);
  const fitting = installed.find((folder) => (Number.parseInt(versionOf(folder), 10) < 7 ? 6 : 7) === form);
  if (fitting !== undefined) return join(fitting, "build/index.js");
  const [found] = installed;
  const folder = findOwnPackage(application);
  const install = installCommand([`prisma@${form}`], "development", folder);
  const present = found === undefined ? "no Prisma" : `Prisma ${versionOf(found)}`;
  throw new InputError(
    form === 6
      ? `the schema has its connection string in it, as up to Prisma 6, and ${folder} has ${present} installed: ` +
          `run \`${install}\` there, or move the connection string to prisma.config.ts, as Prisma 7 wants it`
      : `the schema's client is written by Prisma 7, and ${folder} has ${present} installed: run \`${install}\` there`,
  );
}

/** The Prisma that the stack's project has installed next to this package. */
function findPeer(): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve("prisma/package.json"));
  } catch {
    return undefined;
  }
}
