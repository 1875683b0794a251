import type { Grants } from "./grants.ts";
import type { PolicyDefinition } from "./policy-definition.ts";

/** What a program declares about reading a table. */
export interface DeclaredTable {
  readonly owner: string;
  readonly rowSecurity: boolean;
  readonly forceRowSecurity: boolean;
  readonly policies: Readonly<Record<string, PolicyDefinition>>;
  readonly grants: Grants;
}

/** The owner of a view, and its grants. */
export interface DeclaredView {
  readonly owner: string;
  readonly grants: Grants;
}

export interface DeclaredFunction {
  readonly owner: string;
  readonly definition: string;
  readonly execute: readonly string[];
}

/** The roles that may execute a function whose definition is not declared. */
export type DeclaredExecutors = Omit<DeclaredFunction, "definition">;

/** Privileges by role. */
type DeclaredGrants = Readonly<Record<string, readonly string[]>>;

/** The owner of a schema, and the roles that may create objects in it. */
export interface DeclaredSchema {
  readonly owner: string;
  readonly grants: DeclaredGrants;
}

/** What one resource states about access. */
export type AccessDeclaration =
  | { readonly kind: "table"; readonly name: string; readonly declared: DeclaredTable }
  | { readonly kind: "view"; readonly name: string; readonly declared: DeclaredView }
  /** A single policy. */
  | { readonly kind: "policy"; readonly table: string; readonly name: string; readonly declared: PolicyDefinition }
  /** The complete list of policies that a table may have. */
  | { readonly kind: "policy list"; readonly table: string; readonly names: readonly string[] }
  | { readonly kind: "function"; readonly signature: string; readonly declared: DeclaredFunction }
  | { readonly kind: "executors"; readonly signature: string; readonly declared: DeclaredExecutors }
  | { readonly kind: "schema"; readonly name: string; readonly declared: DeclaredSchema };

/** What a program has declared so far about access. It takes precedence over the live state. */
export class DeclaredAccess {
  readonly #tables = new Map<string, DeclaredTable>();
  readonly #views = new Map<string, DeclaredView>();
  readonly #policies = new Map<string, Map<string, PolicyDefinition>>();
  readonly #policyLists = new Map<string, ReadonlySet<string>>();
  readonly #functions = new Map<string, DeclaredFunction>();
  readonly #executors = new Map<string, DeclaredExecutors>();
  readonly #schemas = new Map<string, DeclaredSchema>();
  /** The URNs of the resources that stated something. */
  readonly #noted = new Set<string>();
  #expected = 0;
  #postponed: (() => void)[] = [];

  get tables(): ReadonlyMap<string, DeclaredTable> {
    return this.#tables;
  }

  get views(): ReadonlyMap<string, DeclaredView> {
    return this.#views;
  }

  /** Single policies, by table and name. */
  get policies(): ReadonlyMap<string, ReadonlyMap<string, PolicyDefinition>> {
    return this.#policies;
  }

  /** The complete lists of policies, for tables that have one. */
  get policyLists(): ReadonlyMap<string, ReadonlySet<string>> {
    return this.#policyLists;
  }

  /** By signature. */
  get functions(): ReadonlyMap<string, DeclaredFunction> {
    return this.#functions;
  }

  /** By signature, for functions that a migration creates. */
  get executors(): ReadonlyMap<string, DeclaredExecutors> {
    return this.#executors;
  }

  get schemas(): ReadonlyMap<string, DeclaredSchema> {
    return this.#schemas;
  }

  note(urn: string, access: AccessDeclaration): void {
    this.#noted.add(urn);
    switch (access.kind) {
      case "table":
        this.#tables.set(access.name, access.declared);
        break;
      case "view":
        this.#views.set(access.name, access.declared);
        break;
      case "policy": {
        const policies = this.#policies.get(access.table) ?? new Map<string, PolicyDefinition>();
        this.#policies.set(access.table, policies.set(access.name, access.declared));
        break;
      }
      case "policy list":
        this.#policyLists.set(access.table, new Set(access.names));
        break;
      case "function":
        this.#functions.set(access.signature, access.declared);
        break;
      case "executors":
        this.#executors.set(access.signature, access.declared);
        break;
      case "schema":
        this.#schemas.set(access.name, access.declared);
        break;
      default:
        access satisfies never;
    }
    this.#settle();
  }

  /**
   * Records how many resources of the program state something about access. It may declare more after it has waited for
   * a resource.
   */
  expect(number: number): void {
    this.#expected = Math.max(this.#expected, number);
  }

  /**
   * Does something once all of them are declared; immediately, if they are already. The caller does not wait, because
   * what is missing may be declared after it. It never happens if one of them has unknown values, can't be declared, or
   * is not part of the operation.
   */
  onceComplete(work: () => void): void {
    this.#postponed.push(work);
    this.#settle();
  }

  #settle(): void {
    if (this.#noted.size < this.#expected) return;
    for (const work of this.#postponed.splice(0)) work();
  }
}
