import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { removeEmpty } from "./written-files.ts";

/** Gives a folder for a time, in the project's folder that git ignores. */
export async function withScratchFolder<T>(directory: string, use: (folder: string) => Promise<T>): Promise<T> {
  const kept = join(directory, ".palisade");
  mkdirSync(kept, { recursive: true });
  const folder = mkdtempSync(join(kept, "adopt-"));
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
