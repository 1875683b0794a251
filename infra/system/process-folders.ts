import { mkdtempSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { isAlive } from "./is-alive.ts";

/** Creates a folder named after the process id, so that a later process finds the leftovers of one that was killed. */
export function makeProcessFolder(parent: string, kind: string): string {
  return mkdtempSync(join(parent, `${kind}-${process.pid}-`));
}

/** The folders of a kind whose processes have ended. */
export function findLeftFolders(parent: string, kind: string): readonly string[] {
  return readdirSync(parent).flatMap((name) => {
    const [, pid] = name.startsWith(`${kind}-`) ? (/^(\d+)-\w+$/.exec(name.slice(kind.length + 1)) ?? []) : [];
    return pid === undefined || isAlive(Number(pid)) ? [] : [join(parent, name)];
  });
}
