import { createHash } from "node:crypto";
import { namedIn } from "../catalog/part.ts";
import { tables } from "../catalog/tables.ts";
import { lockTable, scriptOf, takeTurn } from "../database/platform-locks.ts";
import { isPlatformSchema } from "../sql/platform-schemas.ts";
import type { QualifiedName } from "../sql/quote.ts";
import type { Kind } from "./kind.ts";

/**
 * The statements that keep everybody from changing the object until the transaction ends: other deployments by an advisory lock, people
 * by a lock on its table that reading and writing rows does not notice.
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

/** Statements about the object as one script, which takes what locks they need at its beginning. */
export function scriptFor(kind: Kind, id: string, statements: readonly string[]): string {
  return scriptOf(statements, tablesOf(kind, id));
}

function tablesOf(kind: Pick<Kind, "scope">, id: string): readonly QualifiedName[] {
  return namedIn(kind.scope(id), tables);
}

/** "obj", so that these locks are not taken for those of deployments. */
const lockNamespace = 0x6f626a;
