import { chownSync, lstatSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { InputError } from "../errors/errors.ts";

/** The system account that the server runs under, if it is not the current one. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/**
 * PostgreSQL refuses to run as root, so root starts the server under an unprivileged account. It must be in /etc/passwd, because initdb
 * looks up its name. Any other user runs the server under their own account.
 */
export function chooseAccount(): Account | undefined {
  if (process.getuid?.() !== 0) {
    return undefined;
  }
  const accounts = readFileSync("/etc/passwd", "utf8").split("\n").flatMap(parseAccount);
  const preferred = preferredNames.flatMap((name) => accounts.filter((account) => account.name === name));
  const account = [...preferred, ...accounts].find(({ uid, gid }) => uid > 0 && gid > 0);
  if (account === undefined) {
    throw new InputError(
      "PostgreSQL refuses to run as root, and this system has no other account. " +
        "Create one, for example with `useradd postgres`",
    );
  }
  return { uid: account.uid, gid: account.gid };
}

/** Whether the account may access or run the file at this path: every folder on the way must allow it. */
export function canReach(path: string, account: Account | undefined): boolean {
  if (account === undefined) {
    return true;
  }
  for (let current = resolve(path); ; current = dirname(current)) {
    if (!allowsPassage(current, account)) {
      return false;
    }
    if (current === dirname(current)) {
      return true;
    }
  }
}

/**
 * Makes the account the owner of a folder and everything in it. Does nothing if the server runs under the current
 * account.
 */
export function giveTo(account: Account | undefined, path: string): void {
  if (account === undefined) {
    return;
  }
  const status = lstatSync(path);
  if (status.isSymbolicLink()) {
    return;
  }
  chownSync(path, account.uid, account.gid);
  if (status.isDirectory()) {
    for (const name of readdirSync(path)) {
      giveTo(account, join(path, name));
    }
  }
}

const preferredNames: readonly string[] = ["postgres", "nobody", "daemon"];

function parseAccount(line: string): readonly (Account & { readonly name: string })[] {
  const [name, , uid, gid] = line.split(":");
  return name === undefined || uid === undefined || gid === undefined
    ? []
    : [{ name, uid: Number(uid), gid: Number(gid) }];
}

function allowsPassage(path: string, account: Account): boolean {
  const { mode, uid, gid } = statSync(path);
  if (uid === account.uid) {
    return (mode & 0o100) !== 0;
  }
  return (mode & (gid === account.gid ? 0o010 : 0o001)) !== 0;
}
