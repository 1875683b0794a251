import { mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

/** Names the folder in which one run of the tests keeps what would take long to make again for each of its files. */
export const sharedFolderVariable = "PALISADE_TEST_SHARED";

/** Where something is kept in it; undefined outside of a run of the tests. */
export function sharedPath(name: string): string | undefined {
  const folder = process.env[sharedFolderVariable];
  return folder === undefined ? undefined : join(folder, name);
}

/** Fills a folder and puts it at a shared path by one rename, because other files of tests may be at the same point. The first one stays. */
export async function keepShared(path: string, fill: (folder: string) => void | Promise<void>): Promise<void> {
  const own = mkdtempSync(`${path}-`);
  await fill(own);
  try {
    renameSync(own, path);
  } catch {
    rmSync(own, { recursive: true });
  }
}
