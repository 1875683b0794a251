import { functionIdentity } from "../catalog/functions.ts";
import { InputError } from "../errors/errors.ts";
import { loadParser } from "../sql/parser.ts";
import type { QualifiedName } from "../sql/quote.ts";
import { type NamedRoutine, readRoutineName } from "../sql/signature.ts";
import { isAlike, notThere } from "./import-id.ts";

type Routine = QualifiedName & { readonly argumentTypes: readonly string[] };

/**
 * Finds a function by its signature, as psql or `regprocedure` prints it or as people write it:
 * `private.f(text,text[])`, `f(at timestamptz)`.
 * @throws {InputError} if it does not exist, listing the functions of that name
 */
export async function routineIdOf(id: string, routines: ReadonlyMap<string, Routine>): Promise<string> {
  if (routines.has(id)) return id;
  await loadParser();
  const wanted = readRoutineName(id);
  const ofName = [...routines.values()].filter((row) => wanted !== undefined && hasName(row, wanted));
  const exact = ofName.filter((row) => row.name === wanted?.name && hasTypes(row, wanted));
  const [found] = exact;
  if (found !== undefined && exact.length === 1) return functionIdentity(found);
  const candidates = (exact.length > 0 ? exact : ofName).map(functionIdentity);
  if (wanted?.types === undefined) {
    const advice =
      candidates.length === 0 ? "it looks like private.is_member(text)" : `write ${candidates.sort().join(" or ")}`;
    throw new InputError(`"${id}" is no function's id; ${advice}`);
  }
  throw notThere(`the function ${id}`, candidates);
}

/** Without a schema, it may be in any schema. */
function hasName(row: Routine, wanted: NamedRoutine): boolean {
  return isAlike(row.name, wanted.name) && (wanted.schema === undefined || isAlike(row.schema, wanted.schema));
}

/** A user-defined type may be written without its schema. */
function hasTypes({ argumentTypes }: Routine, { types }: NamedRoutine): boolean {
  return (
    types !== undefined &&
    types.length === argumentTypes.length &&
    types.every((type, index) => {
      const live = argumentTypes[index] ?? "";
      return live === type || (!type.includes(".") && live.endsWith(`.${type}`));
    })
  );
}
