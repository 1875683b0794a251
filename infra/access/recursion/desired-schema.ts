import { isTable } from "../../catalog/tables.ts";
import type {
  DeclaredAccess,
  DeclaredExecutors,
  DeclaredFunction,
  DeclaredSchema,
  DeclaredTable,
} from "../../desired/declared-access.ts";
import { type Grants, grantsOf } from "../../desired/grants.ts";
import { policyOf } from "../../desired/policy-definition.ts";
import type { FunctionText } from "../../sql/function-text.ts";
import type { ImplicitUse, TypeName } from "../../sql/implicit-uses.ts";
import { formatQualified, parseQualified } from "../../sql/quote.ts";
import { type FunctionUse, type References, type RelationUse, referencesOf } from "../../sql/references.ts";
import { defaultSearchPath } from "../../sql/search-path.ts";
import { splitSignature } from "../../sql/signature.ts";
import { rightsOf } from "../roles.ts";
import type { FunctionNames } from "../shadowing/names.ts";
import type { Condition, LiveSchema, View } from "./live-schema.ts";

export interface KnownFunction extends DeclaredFunction {
  readonly signature: string;
  readonly text: FunctionText;
  readonly references: References;
}

/** The database after the deployment: what is declared and, for everything else, what is live. */
export class DesiredSchema {
  readonly #liveSchema: LiveSchema;
  readonly #declared: DeclaredAccess;
  readonly #functions = new Map<string, readonly KnownFunction[]>();

  constructor(liveSchema: LiveSchema, declared: DeclaredAccess) {
    this.#liveSchema = liveSchema;
    this.#declared = declared;
  }

  table(name: string): DeclaredTable | undefined {
    const declared = this.#declared.tables.get(name);
    const live = this.#liveSchema.catalog.tables.get(name);
    if (declared !== undefined || live === undefined || !isTable(live)) return declared;
    const policies = Object.fromEntries(live.policies.map((row) => [row.name, policyOf(row)]));
    return {
      ...live,
      // Computed on demand, because few callers ask about a table's grants.
      get grants() {
        return grantsOf(live);
      },
      policies: { ...policies, ...Object.fromEntries(this.#declared.policies.get(name) ?? []) },
    };
  }

  /** Tables with policies in force. */
  get guardedTables(): readonly string[] {
    const names = [...this.#declared.tables.keys(), ...this.#liveSchema.catalog.tables.keys()];
    return [...new Set(names)].filter((name) => {
      const table = this.table(name);
      return table?.rowSecurity === true && Object.keys(table.policies).length > 0;
    });
  }

  view(name: string): View | undefined {
    return this.#liveSchema.views.get(name);
  }

  /** The views that read a table or view directly. */
  viewsOf(name: string): readonly string[] {
    return [...this.#liveSchema.views]
      .filter(([, { reads }]) => reads.some((read) => formatQualified(read) === name))
      .map(([view]) => view);
  }

  hasType(name: string): boolean {
    return this.#liveSchema.types.has(name);
  }

  isSystemRelation(name: string): boolean {
    return this.#liveSchema.systemRelations.has(name);
  }

  /** Roles that occur in policies. */
  get rolesInPolicies(): readonly string[] {
    const live = [...this.#liveSchema.catalog.tables.values()].flatMap(({ policies }) =>
      policies.flatMap(({ roles }) => roles),
    );
    const declared = [...this.#declared.tables.values()].flatMap(({ policies }) =>
      Object.values(policies).flatMap(({ roles }) => roles),
    );
    return [...new Set([...live, ...declared])].filter((role) => role !== "public");
  }

  /** The owner and grants of a table or view; undefined if it does not exist. */
  grants(name: string): { readonly owner: string; readonly grants: Grants } | undefined {
    const live = this.#liveSchema.catalog.tables.get(name);
    const declared = this.#declared.tables.get(name) ?? this.#declared.views.get(name);
    return declared ?? (live && { owner: live.owner, grants: grantsOf(live) });
  }

  /** Who may execute a function; undefined if it is not declared. */
  declaredExecutors(signature: string): DeclaredExecutors | undefined {
    return this.#declared.functions.get(signature) ?? this.#declared.executors.get(signature);
  }

  /** The owner and grants of a schema; undefined if it does not exist, or is PostgreSQL's own. */
  schema(name: string): DeclaredSchema | undefined {
    return this.#declared.schemas.get(name) ?? this.#liveSchema.catalog.schemas.get(name);
  }

  isSuperuser(role: string): boolean {
    return this.#liveSchema.roles.get(role)?.isSuperuser ?? false;
  }

  bypasses(role: string): boolean {
    return this.#liveSchema.roles.get(role)?.bypasses ?? false;
  }

  /** Whether the role is the other one, or has its rights. */
  hasRightsOf(role: string, other: string): boolean {
    return rightsOf(role, this.#liveSchema.roles).has(other);
  }

  condition(sql: string): Condition {
    return this.#liveSchema.parsed.condition(sql);
  }

  names({ text }: KnownFunction): FunctionNames {
    return this.#liveSchema.parsed.names(text);
  }

  /** The table or view that a name refers to. */
  resolve(use: RelationUse, path: readonly string[] | undefined): string | undefined {
    const schemas = use.schema === undefined ? (path ?? defaultSearchPath) : [use.schema];
    return schemas
      .map((schema) => formatQualified({ schema, name: use.name }))
      .find((name) => this.table(name) !== undefined || this.view(name) !== undefined);
  }

  /** The function that a call resolves to, if it is unambiguous and its body can be parsed. */
  function(use: FunctionUse, path: readonly string[] | undefined): KnownFunction | undefined {
    const fitting = this.functions(use, path);
    return fitting.length === 1 ? fitting[0] : undefined;
  }

  /** The functions that a call may resolve to. */
  functions(use: FunctionUse, path: readonly string[] | undefined): readonly KnownFunction[] {
    const schemas = use.schema === undefined ? (path ?? defaultSearchPath) : [use.schema];
    for (const schema of schemas) {
      const named = this.#functionsNamed(`${formatQualified({ schema, name: use.name })}(`);
      const fitting = named.filter(
        ({ text }) => use.argumentCount >= text.arity[0] && use.argumentCount <= text.arity[1],
      );
      if (fitting.length > 0) return fitting;
    }
    return [];
  }

  /**
   * Whether a text may use one of these names, directly or through functions that it calls. A cheap test that errs on
   * the side of yes.
   */
  mentions(...wanted: readonly string[]): (text: string) => boolean {
    const names = new Set(wanted.map(spelt));
    const isMentioned = (text: string) => {
      const lower = text.toLowerCase();
      return [...names].some((each) => lower.includes(each));
    };
    const texts = this.functionSignatures.map((signature) => ({
      name: splitSignature(signature).name,
      definition: (this.#declared.functions.get(signature) ?? this.#liveSchema.catalog.functions.get(signature))
        ?.definition,
    }));
    for (let before = 0; before !== names.size; ) {
      before = names.size;
      for (const found of texts) if (found.definition && isMentioned(found.definition)) names.add(spelt(found.name));
    }
    return isMentioned;
  }

  /** The functions that PostgreSQL runs implicitly for a name in a text, as far as the name tells. */
  implicitFunctions(use: ImplicitUse, path: readonly string[] | undefined): readonly KnownFunction[] {
    const { implicitCalls } = this.#liveSchema;
    const calls = this.#schemasOf(use, path).flatMap(
      (schema) => implicitCalls.get(`${use.kind} ${formatQualified({ schema, name: use.name })}`) ?? [],
    );
    const meant = calls.filter(({ detail, isAmbiguous }) => {
      if (use.kind === "operator") return use.schema !== undefined || !isAmbiguous;
      if (use.kind === "insert") return !use.columns?.includes(detail ?? "");
      return use.kind !== "cast" || this.#typesOf(use.from, path).includes(detail ?? "");
    });
    return this.#known(meant);
  }

  /** The support functions of the aggregates that a call may resolve to. */
  aggregateFunctions(use: FunctionUse, path: readonly string[] | undefined): readonly KnownFunction[] {
    const schemas = use.schema === undefined ? (path ?? defaultSearchPath) : [use.schema];
    return this.#known(
      schemas.flatMap(
        (schema) =>
          this.#liveSchema.implicitCalls.get(`aggregate ${formatQualified({ schema, name: use.name })}`) ?? [],
      ),
    );
  }

  /** The names whose use makes PostgreSQL run a function implicitly. */
  implicitNamesOf(signature: string): readonly string[] {
    return [...this.#liveSchema.implicitCalls].flatMap(([key, calls]) =>
      calls.some((call) => call.calls === signature) ? [parseQualified(key.slice(key.indexOf(" ") + 1)).name] : [],
    );
  }

  #known(calls: readonly { readonly calls: string }[]): readonly KnownFunction[] {
    return [...new Set(calls.map(({ calls: signature }) => signature))].flatMap(
      (signature) => this.functionOf(signature) ?? [],
    );
  }

  #schemasOf(use: ImplicitUse, path: readonly string[] | undefined): readonly string[] {
    if (use.schema !== undefined) return [use.schema];
    if (use.kind === "operator") return path ?? defaultSearchPath;
    if (use.kind === "domain" || use.kind === "cast")
      return this.#typesOf(use, path).map((name) => parseQualified(name).schema);
    const found = this.resolve({ schema: undefined, name: use.name, command: "select" }, path);
    return found === undefined ? [] : [parseQualified(found).schema];
  }

  /** The type that a name refers to, if it is known. */
  #typesOf(type: TypeName | undefined, path: readonly string[] | undefined): readonly string[] {
    if (type === undefined) return [];
    if (type.schema !== undefined) return [formatQualified({ schema: type.schema, name: type.name })];
    return ["pg_catalog", ...(path ?? defaultSearchPath)]
      .map((schema) => formatQualified({ schema, name: type.name }))
      .filter((name) => this.hasType(name))
      .slice(0, 1);
  }

  /** The function with this signature, if its text can be parsed. */
  functionOf(signature: string): KnownFunction | undefined {
    const declared = this.#declared.functions.get(signature) ?? this.#liveSchema.catalog.functions.get(signature);
    return declared === undefined ? undefined : this.#read(signature, declared);
  }

  /** The functions that the program declares or the database has. */
  get functionSignatures(): readonly string[] {
    return [...new Set([...this.#declared.functions.keys(), ...this.#liveSchema.catalog.functions.keys()])];
  }

  #functionsNamed(beginning: string): readonly KnownFunction[] {
    const known = this.#functions.get(beginning);
    if (known) return known;
    const all = new Map<string, DeclaredFunction>([...this.#liveSchema.catalog.functions, ...this.#declared.functions]);
    const found = [...all].flatMap(([signature, declared]) =>
      signature.startsWith(beginning) ? (this.#read(signature, declared) ?? []) : [],
    );
    this.#functions.set(beginning, found);
    return found;
  }

  #read(signature: string, { owner, definition, execute }: DeclaredFunction): KnownFunction | undefined {
    const text = this.#liveSchema.parsed.functionText(definition);
    if (text === undefined) return undefined;
    return { signature, owner, definition, execute, text, references: referencesOf(text.statements) };
  }
}

/** A name in lower case and without quotes, to find it in a text however it is written. */
function spelt(name: string): string {
  return name.toLowerCase().replaceAll('"', '""');
}
