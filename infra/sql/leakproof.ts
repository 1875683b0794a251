import { type Node, parseStatements } from "./parser.ts";

/**
 * Whether a CREATE FUNCTION statement contains LEAKPROOF, and the statement without it: only a superuser may specify
 * it, and any role may ask about the rest. Await `loadParser` first.
 */
export function withoutLeakproof(definition: string): { readonly sql: string; readonly isLeakproof: boolean } {
  const option = /leakproof/i.test(definition) ? findOption(definition) : undefined;
  if (option === undefined) return { sql: definition, isLeakproof: false };
  // The parser counts bytes.
  const bytes = Buffer.from(definition);
  const start = Number(option.location ?? 0);
  const sql = Buffer.concat([bytes.subarray(0, start), bytes.subarray(start + "leakproof".length)]).toString();
  return { sql, isLeakproof: true };
}

function findOption(definition: string): Node | undefined {
  try {
    const create = (parseStatements(definition)[0]?.CreateFunctionStmt ?? {}) as Node;
    return ((create.options ?? []) as Node[])
      .map((item) => item.DefElem as Node)
      .find(({ defname, arg }) => defname === "leakproof" && ((arg as Node)?.Boolean as Node)?.boolval === true);
  } catch {
    return undefined;
  }
}
