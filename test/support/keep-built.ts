import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { engineCacheDirectory } from "../../infra/engine/cache.ts";
import { withFileLock } from "../../infra/system/file-lock.mjs";

/** A folder of built programs, kept beside the engine for all of a user's clones until one of the files that it is made of changes. */
export async function keepBuilt(
  name: string,
  files: readonly string[],
  report: (line: string) => void,
  make: (folder: string) => Promise<void>,
): Promise<string> {
  const hash = createHash("sha256");
  for (const file of files) hash.update(readFileSync(file));
  const folder = `${engineCacheDirectory(process.env)}-${name}-${hash.digest("hex").slice(0, 12)}`;
  if (existsSync(folder)) return folder;
  const onWait = () => report(`Another test builds ${name}; waiting for it…`);
  return await withFileLock(
    `${folder}.lock`,
    async () => {
      if (existsSync(folder)) return folder;
      const partial = `${folder}.partial`;
      rmSync(partial, { recursive: true, force: true });
      mkdirSync(partial, { recursive: true });
      await make(partial);
      renameSync(partial, folder);
      return folder;
    },
    { onWait },
  );
}
