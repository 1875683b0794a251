import { existsSync, readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";
import { formatQualified, type QualifiedName } from "../sql/quote.ts";
import { Identifiers } from "./code/identifiers.ts";
import { Code } from "./code/literal.ts";
import type { DeclaredFunction } from "./existing-program.ts";
import type { LiveObject } from "./live-objects.ts";

/** The constants by which a program's other modules may call its functions. */
export interface FunctionNames {
  /** The constant of an object that is new. */
  constantOf(object: LiveObject): string | undefined;
  /** The names that modules import, with the module that has them. */
  readonly imports: ReadonlyMap<string, string>;
  /** Undefined for one that has overloads: a call does not say which of them it means. */
  function(name: QualifiedName): Code | undefined;
}

/**
 * Names the functions of a program: those that a module exports already, and those that are new in it.
 * @param routines all that the database has
 * @param module where the new ones go, as others import it
 * @param path of that module
 * @param taken what the program calls otherwise
 */
export function nameFunctions(
  objects: readonly LiveObject[],
  declared: readonly DeclaredFunction[],
  routines: Iterable<QualifiedName>,
  { module, path, taken }: { readonly module: string; readonly path: string; readonly taken: readonly string[] },
): FunctionNames {
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  const identifiers = new Identifiers([...taken, ...wordsIn(text)]);
  const functions = new Map<string, string>();
  const constants = new Map<LiveObject, string>();
  const exported = exportsOf(text);
  for (const { resourceName, routine } of declared) {
    const constant = exported.get(resourceName);
    if (constant !== undefined) functions.set(formatQualified(routine), constant);
  }
  const imports = new Map([...functions.values()].map((constant) => [constant, module]));
  for (const object of objects) {
    const routine = object.kind.adoptable.makesFunction?.(object.args);
    if (routine === undefined) continue;
    const constant = identifiers.variable(object.resourceName);
    constants.set(object, constant);
    imports.set(constant, module);
    const key = formatQualified(routine);
    if (!functions.has(key)) functions.set(key, constant);
  }
  const overloaded = repeated([...routines].map(formatQualified));
  return {
    constantOf: (object) => constants.get(object),
    imports,
    function(name) {
      const key = formatQualified(name);
      const constant = overloaded.has(key) ? undefined : functions.get(key);
      return constant === undefined ? undefined : new Code(constant, [constant]);
    },
  };
}

function repeated(names: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>();
  return new Set(names.filter((name) => seen.has(name) || !seen.add(name)));
}

/** The constants that a module of ours exports, by the name of the resource that each holds. */
function exportsOf(text: string): ReadonlyMap<string, string> {
  const exported = /^export const ([\p{L}\p{N}_$]+) = new \w+\(\s*("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')/gmu;
  // The second is a string's source and nothing else.
  return new Map(
    [...text.matchAll(exported)].map(([, constant = "", name = '""']) => [String(runInNewContext(name)), constant]),
  );
}

/** Whatever a module may declare or import by name. */
function wordsIn(text: string): readonly string[] {
  return text.match(/[\p{L}_$][\p{L}\p{N}_$]*/gu) ?? [];
}
