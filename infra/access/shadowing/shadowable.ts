import type { FunctionText } from "../../sql/function-text.ts";
import { isBuiltIn } from "../../sql/signature.ts";
import type { UnqualifiedName } from "./names.ts";
import { type SearchPath, schemasBeforeTemporary } from "./search-path.ts";

/** What is known about the database in which a function runs. */
export interface KnownNames {
  /** Whether the schema contains it. */
  holds(schema: string, name: UnqualifiedName): boolean;
  /** Whether a table or view of that name is found along the function's path. */
  finds(name: string): boolean;
}

/** Used if no server is available. */
export const nothingKnown: KnownNames = {
  holds: (schema, { kind, name }) =>
    schema === "pg_catalog" && (kind === "type" ? isBuiltIn(name) : name.startsWith("pg_")),
  finds: () => false,
};

/** Whether the caller of a function that runs with this path can shadow a name in its body. */
export function canBeShadowed(
  name: UnqualifiedName,
  ofFunction: SearchPath,
  text: FunctionText,
  known: KnownNames,
): boolean {
  const path = name.path ?? ofFunction;
  // Functions and operators are never looked up in the temporary schema, but in any other schema that the caller puts
  // first.
  if (isFound(name)) return path === undefined;
  if (name.kind === "temporary") return true;
  const before = schemasBeforeTemporary(path);
  if (before === undefined) return false;
  if (before.some((schema) => known.holds(schema, name))) return false;
  // A trigger's transition tables take precedence over other tables of the same name.
  const mayBeRows = name.kind === "relation" && text.resultType === "trigger";
  return !mayBeRows || known.finds(name.name);
}

/** Whether it is looked up along the path only, never in the temporary schema. */
export function isFound({ kind }: UnqualifiedName): boolean {
  return kind === "function" || kind === "operator";
}
