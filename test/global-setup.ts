import { chmodSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import { ensureEngine } from "../infra/engine/index.ts";
import { chooseAccount } from "../infra/local/account.ts";
import { sharedFolderVariable } from "./support/shared-folder.ts";
import { chooseTemporaryFolder } from "./support/temporary-folder.ts";
import { removeWithThisProcess } from "./support/watcher.ts";

/** Makes what the files of tests share, before they run at the same time. */
export default async function setup(): Promise<void> {
  await ensureEngine((line) => console.error(line));
  const folder = mkdtempSync(join(chooseTemporaryFolder(chooseAccount()), "palisade-tests-"));
  chmodSync(folder, 0o700);
  removeWithThisProcess(folder);
  process.env[sharedFolderVariable] = folder;
}
