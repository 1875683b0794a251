import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { reachFileOf } from "../access/impact/reach-file.ts";
import type { Operation } from "../lifecycle/operation.ts";

/** Writes how this operation's preview changes access. */
export function writeReachFile(file: string, { impacts, options }: Operation): void {
  const changes = new Map([...impacts].map(([urn, impact]) => [urn, impact.changes]));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(reachFileOf(options.stack, changes), undefined, 2)}\n`);
}
