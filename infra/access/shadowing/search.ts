import { implicitUsesOf } from "../../sql/implicit-uses.ts";
import { isPlatformSchema } from "../../sql/platform-schemas.ts";
import { formatQualified } from "../../sql/quote.ts";
import { referencesOf } from "../../sql/references.ts";
import { splitSignature } from "../../sql/signature.ts";
import type { DesiredSchema, KnownFunction } from "../recursion/desired-schema.ts";
import type { FunctionNames, UnqualifiedName } from "./names.ts";
import type { SearchPath } from "./search-path.ts";
import { canBeShadowed, isFound } from "./shadowable.ts";

/** What runs a function: a SECURITY DEFINER function, with its owner's rights, or a policy, with the caller's. */
export type Root =
  | { readonly kind: "function"; readonly found: KnownFunction }
  | {
      readonly kind: "policy";
      readonly policy: string;
      readonly table: string;
      readonly uses: Uses;
    };

type Uses = Pick<FunctionNames, "calls" | "implicit">;

/** A function in whose body the caller can shadow these names by their own objects. */
export interface Shadowed {
  readonly found: KnownFunction;
  readonly names: readonly UnqualifiedName[];
  readonly path: SearchPath;
  /** The function that sets this path. Undefined: the caller. */
  readonly setBy: KnownFunction | undefined;
  readonly root: Root;
}

/** The path that something runs with, and the function that set it. */
type SetPath = Pick<Shadowed, "path" | "setBy">;

/** Finds the names that a caller's temporary objects can shadow in what a root runs. */
export class ShadowSearch {
  readonly #desired: DesiredSchema;

  constructor(desired: DesiredSchema) {
    this.#desired = desired;
  }

  from(root: Root): readonly Shadowed[] {
    const seen = new Set<string>();
    const found: Shadowed[] = [];
    const visit = (called: KnownFunction, callers: SetPath) => {
      const own = called.text.searchPath;
      const { path, setBy } = own === undefined ? callers : { path: own, setBy: called };
      const key = JSON.stringify([called.signature, path]);
      if (seen.has(key)) return;
      seen.add(key);
      const { unqualified, ...uses } = this.#desired.names(called);
      const names = unqualified.filter((name) => this.#isShadowed(name, path, called, root));
      if (names.length > 0 && !isBeyondReach(called, path, root))
        found.push({ found: called, names, path, setBy, root });
      const runsWith = (ofBody: SearchPath) =>
        ofBody === undefined ? { path, setBy } : { path: ofBody, setBy: called };
      follow(uses, called.text.isBoundWhenMade, runsWith);
    };
    const follow = ({ calls, implicit }: Uses, isBound: boolean, runsWith: (ofBody: SearchPath) => SetPath) => {
      for (const use of calls) {
        const from = runsWith(use.path);
        for (const inner of this.#desired.functions(use, isBound ? undefined : from.path)) {
          visit(inner, from);
          // Default arguments are evaluated by the caller.
          const defaults = inner.text.defaults.slice(Math.max(0, use.argumentCount - inner.text.arity[0]));
          follow({ calls: referencesOf(defaults).functions, implicit: implicitUsesOf(defaults) }, true, () => from);
        }
        const aggregated = this.#desired.aggregateFunctions(use, isBound ? undefined : from.path);
        for (const inner of aggregated) visit(inner, from);
      }
      for (const use of implicit) {
        const from = runsWith(use.path);
        for (const inner of this.#desired.implicitFunctions(use, isBound ? undefined : from.path)) visit(inner, from);
      }
    };
    const unset = { path: undefined, setBy: undefined };
    if (root.kind === "function") visit(root.found, unset);
    else follow(root.uses, true, () => unset);
    return found;
  }

  #isShadowed(name: UnqualifiedName, path: SearchPath, { text }: KnownFunction, root: Root): boolean {
    // The functions in a policy are resolved by the caller, with whose rights they run anyway.
    if ((name.path ?? path) === undefined && root.kind === "policy" && isFound(name)) return false;
    return canBeShadowed(name, path, text, {
      holds: (schema, { kind, name }) => this.#isKnown(formatQualified({ schema, name }), kind),
      finds: (relation) =>
        this.#desired.resolve({ schema: undefined, name: relation, command: "select" }, name.path ?? path) !==
        undefined,
    });
  }

  #isKnown(name: string, kind: UnqualifiedName["kind"]): boolean {
    const isRelation =
      this.#desired.table(name) !== undefined ||
      this.#desired.view(name) !== undefined ||
      (kind !== "type" && this.#desired.isSystemRelation(name));
    return isRelation || (kind === "type" && this.#desired.hasType(name));
  }
}

/**
 * A project can't change the platform's functions. If such a function runs with a path that a project's function has
 * set, that path is to blame.
 */
function isBeyondReach({ signature }: KnownFunction, path: SearchPath, root: Root): boolean {
  if (root.kind === "function") return false;
  return path === undefined && isPlatformSchema(splitSignature(signature).schema);
}
