import type { FunctionText } from "../../sql/function-text.ts";
import { isBuiltIn } from "../../sql/signature.ts";
import type { UnqualifiedName } from "./names.ts";
import { type SearchPath, schemasBeforeTemporary } from "./search-path.ts";

/** What is known of the database in which a function runs. */
export interface KnownNames {
  /** Whether the schema has it. */
  holds(schema: string, name: UnqualifiedName): boolean;
  /** Whether the function's path leads to a table or view of that name. */
  finds(name: string): boolean;
}

/** Where nothing is asked of a server. */
export const nothingKnown: KnownNames = {
  holds: (schema, { kind, name }) =>
    schema === "pg_catalog" && (kind === "type" ? isBuiltIn(name) : name.startsWith("pg_")),
  finds: () => false,
};

/** Whether the caller of a function that runs with this path can put their own object in the place of a name in its body. */
export function canBeShadowed(
  name: UnqualifiedName,
  ofFunction: SearchPath,
  text: FunctionText,
  known: KnownNames,
): boolean {
  const path = name.path ?? ofFunction;
  // Functions and operators are never taken from the session's own schema, but from any other that the caller puts first.
  if (isFound(name)) return path === undefined;
  if (name.kind === "temporary") return true;
  const before = schemasBeforeTemporary(path);
  if (before === undefined) return false;
  if (before.some((schema) => known.holds(schema, name))) return false;
  // A trigger's transition tables come before any other table of the same name.
  const mayBeRows = name.kind === "relation" && text.resultType === "trigger";
  return !mayBeRows || known.finds(name.name);
}

/** Whether it is looked up in the path alone, and never among the session's own objects. */
export function isFound({ kind }: UnqualifiedName): boolean {
  return kind === "function" || kind === "operator";
}
