import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { generateClient, hasPrisma } from "../prisma/client.ts";
import { compilableFiles, findApplication, refuseMissingPackages } from "./application.ts";
import { clientFolder, schemaFile } from "./files/prisma.ts";
import type { ContractFiles } from "./files.ts";
import { type FolderChanges, updateFolder } from "./folder.ts";
import { checkTypes, findCompiler } from "./type-check.ts";

export interface ContractDraft {
  readonly out: string;
  readonly files: ContractFiles;
  readonly changes: FolderChanges;
  /** Whether to compile with the application's compiler first. */
  readonly typeCheck: boolean;
}

/**
 * Brings a contract's folder up to date, including the Prisma client. Everything is generated and compiled in a folder
 * next to it first, so that the old contract stays intact if the new one does not compile.
 * @throws {InputError} if the application lacks packages, or the contract does not compile in it
 */
export async function writeDraft({ out, files, changes, typeCheck }: ContractDraft): Promise<void> {
  const isNewClient = changes.write.includes(schemaFile) || !existsSync(join(out, clientFolder));
  if (changes.write.length + changes.remove.length === 0 && !isNewClient) return;
  const missingTools = [
    ...(isNewClient && !hasPrisma(findApplication(out)) ? ["prisma"] : []),
    ...(typeCheck && findCompiler(out) === undefined ? ["typescript"] : []),
  ];
  refuseMissingPackages(out, files, missingTools);
  // Follows a link, because packages are resolved from its target.
  const target = existsSync(out) ? realpathSync(out) : out;
  mkdirSync(dirname(target), { recursive: true });
  const draft = mkdtempSync(join(dirname(target), ".palisade-contract-"));
  try {
    updateFolder(draft, files, { write: Object.keys(files), remove: [] });
    link(join(target, "node_modules"), join(draft, "node_modules"));
    if (isNewClient) await generateClient({ schema: join(draft, schemaFile), application: findApplication(target) });
    else link(join(target, clientFolder), join(draft, clientFolder));
    if (typeCheck)
      await checkTypes({ what: "the contract", out: target, folder: draft, files: compilableFiles(target, files) });
    updateFolder(target, files, changes);
    if (isNewClient) {
      rmSync(join(target, clientFolder), { recursive: true, force: true });
      cpSync(join(draft, clientFolder), join(target, clientFolder), { recursive: true });
    }
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function link(target: string, path: string): void {
  if (existsSync(target)) symlinkSync(target, path, "junction");
}
