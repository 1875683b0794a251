import { findMissingExtensions, missingLocally } from "../catalog/missing-extensions.ts";
import { missingObject, type Problem } from "../errors/errors.ts";
import { type ExtensionUse, extensionUse } from "../sql/platform-extensions.ts";
import type { Operation } from "./operation.ts";

export type Refusal = Problem & { readonly sqlState: string };

/**
 * Explains refusals that come from a missing extension which the local database can't install. The full advice appears
 * once per preview; further refusals only name the extension.
 */
export async function adviseOnExtensions<Refused extends Refusal>(
  refusals: readonly Refused[],
  operation: Operation,
): Promise<readonly Refused[]> {
  const named = refusals.map(useIn);
  const uses = named.filter((use) => use !== undefined);
  if (uses.length === 0) return refusals;
  const database = await operation.database();
  const missing = await database.look((session) => findMissingExtensions(uses, session));
  if (!missing.isLocal) return refusals;
  return refusals.map((refusal, index) => {
    const use = named[index];
    if (use === undefined || !missing.uses.includes(use)) return refusal;
    return { ...refusal, message: `${refusal.message}: it is of ${describe(use, operation)}` };
  });
}

/** Records that what can be done about the missing extension is said now. @returns whether it is the first time */
export function noteFirstAdvice(extension: string, { reported }: Operation): boolean {
  return reported.noteFirst("missing extension", extension);
}

function describe({ extension }: ExtensionUse, operation: Operation): string {
  const advice = noteFirstAdvice(extension, operation)
    ? `, ${missingLocally("make a stand-in of your own for it")}`
    : "";
  return `the extension ${extension}${advice}`;
}

/**
 * What the server reports as missing: `schema "net" does not exist`, `function net.http_post(url => text) does not
 * exist`.
 */
function useIn({ message, sqlState }: Refusal): ExtensionUse | undefined {
  if (!missingObject.includes(sqlState)) return undefined;
  const found = /\b(schema|type|function|relation|language) "?((?:[\w]+\.)?)(\w+)(?:\([^)]*\))?"? does not exist/.exec(
    message,
  );
  const [, word = "", schema = "", name = ""] = found ?? [];
  if (found === null) return undefined;
  if (word === "schema") return extensionUse("schema", name, name);
  const kind = word === "type" || word === "language" ? word : word === "function" ? "function" : "schema";
  return extensionUse(kind, schema === "" ? undefined : schema.slice(0, -1), name);
}
