import { mkdirSync, rmSync } from "node:fs";
import { localFiles } from "../settings/local-files.mjs";
import { findLeftFolders, makeProcessFolder } from "../system/process-folders.ts";
import { removeEmpty } from "./written-files.ts";

/**
 * Provides a temporary folder within the project's folder that git ignores. Leftovers of killed processes are removed,
 * as they may contain a stack's state.
 */
export async function withScratchFolder<T>(directory: string, use: (folder: string) => Promise<T>): Promise<T> {
  const { folder: kept } = localFiles(directory);
  mkdirSync(kept, { recursive: true });
  for (const left of findLeftFolders(kept, folderKind)) rmSync(left, { recursive: true, force: true });
  const folder = makeProcessFolder(kept, folderKind);
  const remove = () => {
    rmSync(folder, { recursive: true, force: true });
    removeEmpty(kept);
  };
  process.once("exit", remove);
  try {
    return await use(folder);
  } finally {
    process.off("exit", remove);
    remove();
  }
}

const folderKind = "adopt";
