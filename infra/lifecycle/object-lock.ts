import { createHash } from "node:crypto";
import { namedIn } from "../catalog/part.ts";
import { tables } from "../catalog/tables.ts";
import { lockTable, scriptOf, takeTurn } from "../database/platform-locks.ts";
import { isPlatformSchema } from "../sql/platform-schemas.ts";
import type { QualifiedName } from "../sql/quote.ts";
import type { Kind } from "./kind.ts";

/**
 * Statements that prevent changes to the object until the transaction ends: an advisory lock against other deployments,
 * and a lock on its table against people, which does not affect reading and writing rows.
 */
export function lockObject(kind: Pick<Kind, "name" | "scope">, id: string): string {
  const locked = tablesOf(kind, id);
  const writesPlatform = kind.scope(id).some(({ part: { relation } }) => relation && isPlatformSchema(relation.schema));
  const key = createHash("sha256").update(`${kind.name} ${id}`).digest().readInt32BE(0);
  return [
    ...(writesPlatform || locked.some(({ schema }) => isPlatformSchema(schema)) ? [takeTurn] : []),
    `select pg_advisory_xact_lock(${lockNamespace}, ${key})`,
    ...locked.map((table) => lockTable(table, "share update exclusive")),
  ].join("; ");
}

/** Combines statements about the object into one script that takes the necessary locks first. */
export function scriptFor(kind: Kind, id: string, statements: readonly string[]): string {
  return scriptOf(statements, tablesOf(kind, id));
}

function tablesOf(kind: Pick<Kind, "scope">, id: string): readonly QualifiedName[] {
  return namedIn(kind.scope(id), tables);
}

/** "obj": distinguishes these locks from those of deployments. */
const lockNamespace = 0x6f626a;
