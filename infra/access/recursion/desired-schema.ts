import type {
  DeclaredAccess,
  DeclaredExecutors,
  DeclaredFunction,
  DeclaredSchema,
  DeclaredTable,
} from "../../desired/declared-access.ts";
import { type Grants, grantsOf } from "../../desired/grants.ts";
import { policyOf } from "../../desired/policy-definition.ts";
import { defaultSearchPath, type FunctionText, readFunctionText } from "../../sql/function-text.ts";
import { type ImplicitUse, implicitUsesOf, type TypeName } from "../../sql/implicit-uses.ts";
import { type Node, parseStatements } from "../../sql/parser.ts";
import { formatQualified, parseQualified } from "../../sql/quote.ts";
import { type FunctionUse, type References, type RelationUse, referencesOf } from "../../sql/references.ts";
import { splitSignature } from "../../sql/signature.ts";
import { rightsOf } from "../roles.ts";
import type { Condition, LiveSchema, View } from "./live-schema.ts";

export interface KnownFunction extends DeclaredFunction {
  readonly signature: string;
  readonly text: FunctionText;
  readonly references: References;
}

/** The database as it will be: what is declared, and where nothing is, what is live. */
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
    if (declared !== undefined || live === undefined || !"rp".includes(live.kind)) return declared;
    const policies = Object.fromEntries(live.policies.map((row) => [row.name, policyOf(row)]));
    return {
      ...live,
      // Few callers that ask for a table need them.
      get grants() {
        return grantsOf(live);
      },
      policies: { ...policies, ...Object.fromEntries(this.#declared.policies.get(name) ?? []) },
    };
  }

  /** Tables whose policies apply. */
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

  /** The views that read a table or view themselves. */
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

  /** Roles that some policy names. */
  get rolesInPolicies(): readonly string[] {
    const live = [...this.#liveSchema.catalog.tables.values()].flatMap(({ policies }) =>
      policies.flatMap(({ roles }) => roles),
    );
    const declared = [...this.#declared.tables.values()].flatMap(({ policies }) =>
      Object.values(policies).flatMap(({ roles }) => roles),
    );
    return [...new Set([...live, ...declared])].filter((role) => role !== "public");
  }

  /** Who may do what with a table or view; undefined where there is none. */
  grants(name: string): { readonly owner: string; readonly grants: Grants } | undefined {
    const live = this.#liveSchema.catalog.tables.get(name);
    const declared = this.#declared.tables.get(name) ?? this.#declared.views.get(name);
    return declared ?? (live && { owner: live.owner, grants: grantsOf(live) });
  }

  /** Who may execute a function; undefined where nobody declares it. */
  declaredExecutors(signature: string): DeclaredExecutors | undefined {
    return this.#declared.functions.get(signature) ?? this.#declared.executors.get(signature);
  }

  get serverVersion(): number {
    return this.#liveSchema.catalog.server.version;
  }

  /** Who may do what in a schema; undefined where there is none, or it is PostgreSQL's own. */
  schema(name: string): DeclaredSchema | undefined {
    return this.#declared.schemas.get(name) ?? this.#liveSchema.catalog.schemas.get(name);
  }

  isSuperuser(role: string): boolean {
    return this.#liveSchema.roles.get(role)?.isSuperuser ?? false;
  }

  bypasses(role: string): boolean {
    return this.#liveSchema.roles.get(role)?.bypasses ?? false;
  }

  /** Whether the role is another one or has its rights. */
  hasRightsOf(role: string, other: string): boolean {
    return rightsOf(role, this.#liveSchema.roles).has(other);
  }

  condition(sql: string): Condition {
    const { conditions } = this.#liveSchema;
    const known = conditions.get(sql);
    if (known) return known;
    const tree = parseOrNothing(`select palisade(\n${sql}\n)`);
    const { relations, functions } = referencesOf(tree);
    const called = functions.filter(({ schema, name }) => schema !== undefined || name !== "palisade");
    const condition = {
      relations,
      functions: called,
      hasSubSelect: holdsSubLink(tree),
      implicit: implicitUsesOf(tree),
    };
    conditions.set(sql, condition);
    return condition;
  }

  /** The tables and views that a name means. */
  resolve(use: RelationUse, path: readonly string[] | undefined): string | undefined {
    const schemas = use.schema === undefined ? (path ?? defaultSearchPath) : [use.schema];
    return schemas
      .map((schema) => formatQualified({ schema, name: use.name }))
      .find((name) => this.table(name) !== undefined || this.view(name) !== undefined);
  }

  /** The function that a call means, where only one can be meant and its body can be read. */
  function(use: FunctionUse, path: readonly string[] | undefined): KnownFunction | undefined {
    const fitting = this.functions(use, path);
    return fitting.length === 1 ? fitting[0] : undefined;
  }

  /** The functions that a call may mean. */
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
   * Whether a text may use something of this name, itself or through functions that it calls. It errs on the side of yes, and is cheap.
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

  /** The functions that PostgreSQL runs with what a text names, as far as its name tells. */
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

  /** The functions of the aggregates that a call may mean. */
  aggregateFunctions(use: FunctionUse, path: readonly string[] | undefined): readonly KnownFunction[] {
    const schemas = use.schema === undefined ? (path ?? defaultSearchPath) : [use.schema];
    return this.#known(
      schemas.flatMap(
        (schema) =>
          this.#liveSchema.implicitCalls.get(`aggregate ${formatQualified({ schema, name: use.name })}`) ?? [],
      ),
    );
  }

  /** The names that make PostgreSQL run a function that is not called. */
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

  /** The one type that a name means, if it is known. */
  #typesOf(type: TypeName | undefined, path: readonly string[] | undefined): readonly string[] {
    if (type === undefined) return [];
    if (type.schema !== undefined) return [formatQualified({ schema: type.schema, name: type.name })];
    return ["pg_catalog", ...(path ?? defaultSearchPath)]
      .map((schema) => formatQualified({ schema, name: type.name }))
      .filter((name) => this.hasType(name))
      .slice(0, 1);
  }

  /** A function by its signature, where its text can be read. */
  functionOf(signature: string): KnownFunction | undefined {
    const declared = this.#declared.functions.get(signature) ?? this.#liveSchema.catalog.functions.get(signature);
    return declared === undefined ? undefined : this.#read(signature, declared);
  }

  /** The functions that a program declares or the database has. */
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

  /** The same text is the same value to all who ask in one operation. */
  #read(signature: string, { owner, definition, execute }: DeclaredFunction): KnownFunction | undefined {
    const { functionTexts } = this.#liveSchema;
    const known = functionTexts.get(definition);
    const text = known ?? readOrNothing(definition);
    if (text === undefined) return undefined;
    if (known === undefined) functionTexts.set(definition, text);
    return { signature, owner, definition, execute, text, references: referencesOf(text.statements) };
  }
}

function parseOrNothing(sql: string): readonly Node[] {
  try {
    return parseStatements(sql);
  } catch {
    return [];
  }
}

function readOrNothing(definition: string): FunctionText | undefined {
  try {
    return readFunctionText(definition);
  } catch {
    return undefined;
  }
}

function holdsSubLink(tree: unknown): boolean {
  if (Array.isArray(tree)) return tree.some(holdsSubLink);
  if (typeof tree !== "object" || tree === null) return false;
  return Object.entries(tree).some(([key, inner]) => key === "SubLink" || holdsSubLink(inner));
}

/** A name as it stands in a text, as far as it is the same however somebody wrote it: in any case, and between quotes. */
function spelt(name: string): string {
  return name.toLowerCase().replaceAll('"', '""');
}
