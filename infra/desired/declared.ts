import { formatQualified, parseQualified } from "../sql/quote.ts";
import type { Grants } from "./grants.ts";
import type { PolicyDefinition } from "./policy-definition.ts";

/** What a program declares about a table, as far as reading it goes. */
export interface DeclaredTable {
  readonly owner: string;
  readonly rowSecurity: boolean;
  readonly forceRowSecurity: boolean;
  readonly policies: Readonly<Record<string, PolicyDefinition>>;
  readonly grants: Grants;
}

export interface DeclaredFunction {
  readonly owner: string;
  readonly definition: string;
  readonly execute: readonly string[];
}

/** Privileges by role. */
export type DeclaredGrants = Readonly<Record<string, readonly string[]>>;

/** What the program of one operation has declared so far; whatever is declared stands instead of what is live. */
export class Declared {
  readonly tables = new Map<string, DeclaredTable>();
  /** Single policies, by table and name. */
  readonly policies = new Map<string, Map<string, PolicyDefinition>>();
  /** The only policies that a table may have, where a resource lists them. */
  readonly policyLists = new Map<string, ReadonlySet<string>>();
  /** By signature. */
  readonly functions = new Map<string, DeclaredFunction>();
  /** Who owns each schema, and who may create in it. */
  readonly schemas = new Map<string, { readonly owner: string; readonly grants: DeclaredGrants }>();
  /** Whether migrations are pending whose effect the operation has not been told yet. */
  awaitsMigrations = false;
  #expected = 0;
  #postponed: (() => void)[] = [];

  /** Notes how many tables, functions and schemas the program declares. It may declare more, once it has waited for a resource. */
  expect(number: number): void {
    this.#expected = Math.max(this.#expected, number);
  }

  /**
   * Does something as soon as every table, function and schema is declared, at once where that is so. Nobody waits for it: what is still to come may
   * come after whoever asks. It is never done where one is not known before the update, can't be declared, or is left out of the operation.
   */
  onceComplete(work: () => void): void {
    this.#postponed.push(work);
    this.settle();
  }

  /** To be called when something has been declared. */
  settle(): void {
    if (this.tables.size + this.functions.size + this.schemas.size < this.#expected) return;
    for (const work of this.#postponed.splice(0)) work();
  }

  notePolicy(table: string, name: string, policy: PolicyDefinition): void {
    const key = formatQualified(parseQualified(table));
    const policies = this.policies.get(key) ?? new Map<string, PolicyDefinition>();
    this.policies.set(key, policies.set(name, policy));
  }
}

const declarations = new WeakMap<object, Declared>();

/** Of one operation: every resource notes itself when it is checked, which is before any is previewed. */
export function declaredIn(operation: object): Declared {
  const known = declarations.get(operation) ?? new Declared();
  declarations.set(operation, known);
  return known;
}
