import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { removeLocalDatabase } from "../../infra/local/index.ts";
import { postmasterOf } from "./local-platform-processes.ts";

/** A folder for one test, whose local databases are removed with it. */
export function makeClone(parent = tmpdir(), mode = 0o755): string {
  const folder = mkdtempSync(join(parent, "a clone with spaces "));
  chmodSync(folder, mode);
  onTestFinished(async () => {
    await removeLocalDatabase({ projectDirectory: folder });
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

interface Stored {
  readonly folder?: string;
  readonly port: number;
  readonly pid: number;
}

/** What a clone remembers of its database, and the server's process. */
export function readStored(clone: string, major = 17): Stored {
  const beside = join(clone, ".palisade", `postgres-${major}`);
  const stored: Omit<Stored, "pid"> = JSON.parse(readFileSync(join(beside, "server.json"), "utf8"));
  return {
    ...stored,
    get pid() {
      return postmasterOf(stored.folder ?? beside);
    },
  };
}
