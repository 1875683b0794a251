import { isPlatformSchema } from "../../platform-schemas.ts";
import type { DesiredSchema, KnownFunction } from "../../policy/recursion/desired-schema.ts";
import { formatQualified } from "../../sql/quote.ts";
import type { FunctionUse } from "../../sql/references.ts";
import { splitSignature } from "../../sql/signature.ts";
import { type FunctionNames, namesIn, type UnqualifiedName } from "./names.ts";
import type { SearchPath } from "./search-path.ts";
import { canBeShadowed, isFound } from "./shadowable.ts";

/** What runs a function: a SECURITY DEFINER function, with its owner's rights, or a policy, with those of whoever queries. */
export type Root =
  | { readonly kind: "function"; readonly found: KnownFunction }
  | {
      readonly kind: "policy";
      readonly policy: string;
      readonly table: string;
      readonly calls: readonly FunctionUse[];
    };

/** A function in whose body whoever calls can put objects of their own in the place of these names. */
export interface Shadowed {
  readonly found: KnownFunction;
  readonly names: readonly UnqualifiedName[];
  readonly path: SearchPath;
  /** The function that sets this path; undefined: whoever calls. */
  readonly setBy: KnownFunction | undefined;
  readonly root: Root;
}

/** Finds names that temporary objects of a caller's can shadow, in what a root runs. */
export class ShadowSearch {
  readonly #desired: DesiredSchema;
  readonly #serverVersion: number;

  constructor(desired: DesiredSchema, serverVersion: number) {
    this.#desired = desired;
    this.#serverVersion = serverVersion;
  }

  from(root: Root): readonly Shadowed[] {
    const seen = new Set<string>();
    const found: Shadowed[] = [];
    const visit = (called: KnownFunction, caller: KnownFunction | undefined) => {
      const setBy = called.text.searchPath === undefined ? caller : called;
      const path = setBy?.text.searchPath;
      const key = JSON.stringify([called.signature, path]);
      if (seen.has(key)) return;
      seen.add(key);
      const { unqualified, calls } = this.names(called);
      const names = unqualified.filter((name) => this.#isShadowed(name, path, called, root));
      if (names.length > 0 && !isBeyondReach(called, path, root))
        found.push({ found: called, names, path, setBy, root });
      for (const use of calls) for (const inner of this.#desired.functions(use, path)) visit(inner, setBy);
    };
    if (root.kind === "function") visit(root.found, undefined);
    else
      for (const use of root.calls)
        for (const called of this.#desired.functions(use, undefined)) visit(called, undefined);
    return found;
  }

  names(called: KnownFunction): FunctionNames {
    const known = namesOfTexts.get(called.text) ?? namesIn(called.text, this.#serverVersion);
    namesOfTexts.set(called.text, known);
    return known;
  }

  #isShadowed(name: UnqualifiedName, path: SearchPath, { text }: KnownFunction, root: Root): boolean {
    // A policy's functions are found by whoever queries, for whom they run as well.
    if (path === undefined && root.kind === "policy" && isFound(name)) return false;
    return canBeShadowed(name, path, text, {
      holds: (schema, { kind, name }) => this.#isKnown(formatQualified({ schema, name }), kind),
      finds: (name) => this.#desired.resolve({ schema: undefined, name, command: "select" }, path) !== undefined,
    });
  }

  #isKnown(name: string, kind: UnqualifiedName["kind"]): boolean {
    const isRelation = this.#desired.table(name) !== undefined || this.#desired.view(name) !== undefined;
    return isRelation || (kind === "type" && this.#desired.hasType(name));
  }
}

const namesOfTexts = new WeakMap<object, FunctionNames>();

/** The platform's functions are nobody's to change; where they run with a path that somebody has set, it is that path. */
function isBeyondReach({ signature }: KnownFunction, path: SearchPath, root: Root): boolean {
  if (root.kind === "function") return false;
  return path === undefined && isPlatformSchema(splitSignature(signature).schema);
}
