import { formOf } from "../prisma/schema-forms.ts";
import type { Contract } from "./contract.ts";
import { channelFiles } from "./files/channels.ts";
import { databaseFiles } from "./files/database.ts";
import { environmentFiles } from "./files/environment.ts";
import { packageFiles } from "./files/package.ts";
import { prismaFiles } from "./files/prisma.ts";
import { realtimeFiles } from "./files/realtime.ts";
import { storageFiles } from "./files/storage.ts";

/** The text of each file, by its path in the contract's folder. */
export type ContractFiles = Readonly<Record<string, string>>;

/**
 * Writes the contract's files, as text.
 * @param schemas the text of each file of the Prisma schema
 */
export function writeContractFiles(contract: Contract, schemas: readonly string[]): ContractFiles {
  const form = formOf(schemas);
  const files = {
    ...packageFiles(form),
    ...environmentFiles(contract.variables),
    ...databaseFiles(contract),
    ...prismaFiles(schemas, form),
    ...realtimeFiles(contract),
    ...storageFiles(contract),
    ...channelFiles(contract),
  };
  return Object.fromEntries(
    Object.entries(files).map(([path, text]) => [path, path.endsWith(".ts") ? finish(text) : text]),
  );
}

const heading =
  "// Written by Palisade (palisade contract) from the stack and schema.prisma. Do not edit: change those.\n";

/**
 * Bundlers and tsc resolve an import without extension under all settings. No particular extension works everywhere.
 */
function finish(text: string): string {
  return `${heading}\n${text.trimStart().replaceAll(/((?:from|import) "\.{1,2}\/[^"]+)\.ts";/g, '$1";')}`;
}
