import { realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { type Account, canReach } from "../../infra/local/account.ts";

/** A place for temporary files that the server's account can reach. */
export function chooseTemporaryFolder(account: Account | undefined): string {
  const folder = [realpathSync(tmpdir()), "/tmp", "/var/tmp"].find((candidate) => canReach(candidate, account));
  if (folder === undefined) {
    throw new Error("no temporary folder can be reached by the account that PostgreSQL runs under. Set TMPDIR to one");
  }
  return folder;
}
