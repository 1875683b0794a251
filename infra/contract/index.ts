import { existsSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { InputError } from "../errors/errors.ts";
import { parseSchema } from "../prisma/model.ts";
import { locateSchema, readSchema } from "../prisma/schema-files.ts";
import { programFolder } from "../settings/paths.ts";
import { readProjectIn } from "../settings/project.ts";
import { migrationsFolder } from "../settings/project-folder.ts";
import { filesForApplication, refuseOwnFolder } from "./application.ts";
import { describeContract } from "./contract.ts";
import { toApplicationModel } from "./data-model.ts";
import { readDeclaredStack } from "./declared-stack.ts";
import { platformVariables, type Variables } from "./environment/variables.ts";
import { writeContractFiles } from "./files.ts";
import { compareFolder, type FolderChanges } from "./folder.ts";
import { formatFiles } from "./format.ts";
import { writeDraft } from "./write.ts";

export interface ContractOptions {
  /** The folder of Pulumi.yaml. */
  readonly directory: string;
  readonly stack: string;
  /** The folder to write. Files in it that were not generated stay. */
  readonly out: string;
  /** The program, relative to the project's folder. Default: the one in Pulumi.yaml. */
  readonly program?: string;
  /**
   * Prisma's schema, a file or a folder, relative to the project's folder. Default: where Prisma itself looks for it.
   */
  readonly schema?: string;
  /** Only compares, and writes nothing. Default: false. */
  readonly check?: boolean;
  /** Whether to compile the files as the application will, and write nothing if they don't compile. Default: true. */
  readonly typeCheck?: boolean;
  /** Called for each part that the application does not get, with the reason. */
  readonly report?: (line: string) => void;
}

/**
 * Writes the application's contract: a TypeScript package derived from the stack's declarations and schema.prisma.
 * @returns what was written and removed (with `check`: what would be)
 * @throws {InputError} if the stack or the schema is invalid, somebody else's file is in the way, or the contract does
 * not compile in the application
 */
export async function writeContract(options: ContractOptions): Promise<FolderChanges> {
  const { directory, stack, program, check = false, typeCheck = true } = options;
  const out = resolve(options.out);
  const { paths, main } = readProjectIn(directory);
  const path = await locateSchema(directory, options.schema ?? paths.schema);
  const schema = await readSchema(path);
  const folders = [programFolder(main), migrationsFolder(directory), dirname(paths.tables), paths.sql];
  refuseOwnFolder(directory, out, [...folders.map((folder) => resolve(directory, folder)), folderOf(path)]);
  const [resources, parsed, variables] = await Promise.all([
    readDeclaredStack({ directory, stack, ...(program === undefined ? {} : { program: join(directory, program) }) }),
    parseSchema(schema),
    readVariables(resolve(directory, paths.environment)),
  ]);
  const contract = await describeContract(resources, toApplicationModel(parsed), variables);
  const texts = schema.files.map(({ text }) => text);
  const { files: written, missing } = filesForApplication(out, writeContractFiles(contract, texts));
  for (const name of missing)
    options.report?.(
      `left out  the files that need ${name}, which the application has not installed: install it, and run this again to get them`,
    );
  const files = await formatFiles(written, out);
  const changes = compareFolder(out, files);
  if (!check) await writeDraft({ out, files, changes, typeCheck });
  return changes;
}

function folderOf(schema: string): string {
  return statSync(schema).isDirectory() ? schema : dirname(schema);
}

/** The variables from the project's own module, in addition to those of every Supabase project. */
async function readVariables(file: string): Promise<Variables> {
  if (!existsSync(file)) return platformVariables;
  const { tsImport } = await import("tsx/esm/api");
  const { environment } = (await tsImport(pathToFileURL(file).href, import.meta.url)) as {
    readonly environment?: Variables;
  };
  if (environment === undefined) throw new InputError(`${file} exports no \`environment\``);
  return { ...platformVariables, ...environment };
}
