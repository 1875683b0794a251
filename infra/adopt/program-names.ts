import { existsSync, readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";
import { formatQualified, type QualifiedName } from "../sql/quote.ts";
import { Identifiers } from "./code/identifiers.ts";
import { Code } from "./code/literal.ts";
import type { DeclaredFunction } from "./existing-program.ts";
import type { LiveObject } from "./live-objects.ts";

/** The constants by which a program's modules may call its functions. */
export interface FunctionNames {
  /** The constant of a new object. */
  constantOf(object: LiveObject): string | undefined;
  /** The names that modules import, with the module that exports each. */
  readonly imports: ReadonlyMap<string, string>;
  /** Undefined for an overloaded function: a name does not say which overload is called. */
  function(name: QualifiedName): Code | undefined;
}

/**
 * Names the functions of a program: those that a module exports already, and new ones.
 * @param routines all functions of the database
 * @param module where the new ones go, as an import specifier
 * @param path the module's path
 * @param taken names that the program uses for something else
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
  // The second group matches a string literal only.
  return new Map(
    [...text.matchAll(exported)].map(([, constant = "", name = '""']) => [String(runInNewContext(name)), constant]),
  );
}

/** All words that a module may declare or import as names. */
function wordsIn(text: string): readonly string[] {
  return text.match(/[\p{L}_$][\p{L}\p{N}_$]*/gu) ?? [];
}
