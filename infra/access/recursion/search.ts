import type { DeclaredTable } from "../../desired/declared-access.ts";
import type { PolicyDefinition } from "../../desired/policy-definition.ts";
import { formatQualified } from "../../sql/quote.ts";
import type { Command, RelationUse } from "../../sql/references.ts";
import { conditionsAsked } from "./asked-conditions.ts";
import type { DesiredSchema, KnownFunction } from "./desired-schema.ts";

/** One step of a path: a policy of a table reads another table, directly or through a function or view. */
interface Step {
  readonly table: string;
  readonly policy: string;
  readonly property: "using" | "withCheck";
  /** The function or view that contains the read. */
  readonly by: string | undefined;
  readonly reads: string;
}

/** A cycle of policies that lead back to the same table. */
export interface Recursion {
  readonly role: string;
  readonly command: Command;
  /** The path to the cycle; empty if the cycle starts at the first table. */
  readonly lead: readonly Step[];
  /** The path from that table back to itself. */
  readonly circle: readonly Step[];
  /**
   * Whether PostgreSQL refuses the query when it plans it. It detects recursion through a function only when the stack
   * overflows.
   */
  readonly isRefusedAtOnce: boolean;
}

/** Stands for any role without rights of its own. */
const everybody = "public";

interface Place {
  readonly role: string;
  readonly table: string;
  readonly command: Command;
}

interface Way {
  readonly steps: readonly Step[];
  /** The places visited, including those inside functions. */
  readonly places: readonly Place[];
  /** The tables whose policies PostgreSQL is rewriting at this point. A function's body starts with none. */
  readonly rewriting: ReadonlySet<string>;
}

/**
 * Finds recursive policies by following what PostgreSQL does when it rewrites a query: reading a table applies the
 * role's policies for SELECT, whose sub-selects read further tables. No policies apply to a role with BYPASSRLS, nor to
 * the owner of a table without forced row-level security. A view or SECURITY DEFINER function reads with its owner's
 * rights.
 * @param ofPolicy selects the policies of the table to start with
 * @param through reports only cycles through this function
 * @see https://github.com/postgres/postgres/blob/REL_17_STABLE/src/backend/rewrite/rewriteHandler.c (fireRIRrules)
 */
export function findRecursion(
  desired: DesiredSchema,
  table: string,
  ofPolicy: (name: string) => boolean,
  through?: string,
): Recursion | undefined {
  const policies = Object.entries(desired.table(table)?.policies ?? {}).filter(([name]) => ofPolicy(name));
  const roles = rolesToTry(
    desired,
    policies.map(([, policy]) => policy),
  );
  for (const role of roles) {
    for (const command of ["select", "insert", "update", "delete"] as const) {
      const search = new Search(desired, role, command);
      const found = search.enter({ role, table, command }, { steps: [], places: [], rewriting: new Set() }, ofPolicy);
      if (found && (through === undefined || found.circle.some(({ by }) => by === through))) return found;
    }
  }
  return undefined;
}

class Search {
  readonly #desired: DesiredSchema;
  readonly #start: { readonly role: string; readonly command: Command };
  /** Places from which no path leads back, with the tables being rewritten at that point. */
  readonly #harmless = new Set<string>();

  constructor(desired: DesiredSchema, role: string, command: Command) {
    this.#desired = desired;
    this.#start = { role, command };
  }

  enter(place: Place, way: Way, ofPolicy: (name: string) => boolean = () => true): Recursion | undefined {
    const { role, table: name, command } = place;
    const view = this.#desired.view(name);
    if (view !== undefined) {
      const reader = view.isInvoker ? role : view.owner;
      const through = (reads: string) =>
        way.steps.map((step, index) =>
          index === way.steps.length - 1 ? { ...step, by: step.by ?? name, reads } : step,
        );
      return first(view.reads, (read) =>
        this.#read({ schema: read.schema, name: read.name, command: "select" }, undefined, reader, {
          ...way,
          steps: through(formatQualified(read)),
        }),
      );
    }
    const table = this.#desired.table(name);
    if (table === undefined || !this.#isGuarded(table, role)) return undefined;
    const asked = conditionsAsked(table.policies, command, (policy) => this.#applies(policy, role));
    // PostgreSQL records for each policy, not for each condition, whether there is a sub-select to rewrite.
    const hasSubSelect = asked.some(({ policy }) =>
      [table.policies[policy]?.using, table.policies[policy]?.withCheck].some(
        (sql) => sql !== undefined && this.#desired.condition(sql).hasSubSelect,
      ),
    );
    if (hasSubSelect && way.rewriting.has(name)) return this.#recursion(way, name, true);
    if (way.places.some((been) => isSame(been, place))) return this.#recursion(way, name, false);
    const key = JSON.stringify([role, name, command, [...way.rewriting].sort()]);
    if (this.#harmless.has(key)) return undefined;
    const next = { places: [...way.places, place], rewriting: new Set([...way.rewriting, name]) };
    const found = first(asked, ({ policy, property, sql }) => {
      if (!ofPolicy(policy)) return undefined;
      const { relations, functions } = this.#desired.condition(sql);
      const step = { table: name, policy, property };
      return (
        first(relations, (use) => this.#read(use, undefined, role, { ...next, steps: way.steps }, step)) ??
        first(functions, (use) =>
          this.#call(this.#desired.function(use, undefined), role, { ...next, steps: way.steps }, step),
        )
      );
    });
    if (found === undefined) this.#harmless.add(key);
    return found;
  }

  #read(
    use: RelationUse,
    path: readonly string[] | undefined,
    role: string,
    way: Way,
    step?: Omit<Step, "by" | "reads">,
    by?: string,
  ): Recursion | undefined {
    const name = this.#desired.resolve(use, path);
    if (name === undefined) return undefined;
    const steps = step === undefined ? way.steps : [...way.steps, { ...step, by, reads: name }];
    return this.enter({ role, table: name, command: use.command }, { ...way, steps });
  }

  /** A function's body is a separate query, which PostgreSQL plans when the function runs. */
  #call(
    called: KnownFunction | undefined,
    role: string,
    way: Way,
    step: Omit<Step, "by" | "reads">,
    calling: readonly string[] = [],
  ): Recursion | undefined {
    if (called === undefined || calling.includes(called.signature)) return undefined;
    const { isSecurityDefiner, searchPath } = called.text;
    const runner = isSecurityDefiner ? called.owner : role;
    const inside = { ...way, rewriting: new Set<string>() };
    const { relations, functions } = called.references;
    const callers = [...calling, called.signature];
    return (
      first(relations, (use) => this.#read(use, searchPath, runner, inside, step, callers[0])) ??
      first(functions, (use) => this.#call(this.#desired.function(use, searchPath), runner, inside, step, callers))
    );
  }

  #isGuarded(table: DeclaredTable, role: string): boolean {
    const isOwner = role !== everybody && this.#desired.hasRightsOf(role, table.owner);
    return table.rowSecurity && !this.#desired.bypasses(role) && (table.forceRowSecurity || !isOwner);
  }

  #applies(policy: PolicyDefinition, role: string): boolean {
    return policy.roles.some(
      (named) => named === everybody || (role !== everybody && this.#desired.hasRightsOf(role, named)),
    );
  }

  /** Splits the path where it first reached this table. */
  #recursion({ steps }: Way, table: string, isRefusedAtOnce: boolean): Recursion {
    const from = Math.max(
      0,
      steps.findIndex((step) => step.table === table),
    );
    return { ...this.#start, lead: steps.slice(0, from), circle: steps.slice(from), isRefusedAtOnce };
  }
}

/** The roles that the policies name. A policy for everybody is tried with each role of other tables' policies. */
function rolesToTry(desired: DesiredSchema, policies: readonly PolicyDefinition[]): readonly string[] {
  const named = policies.flatMap(({ roles }) => roles);
  const roles = named.includes(everybody) ? [...named, ...desired.rolesInPolicies] : named;
  return [...new Set(roles)].filter((role) => !desired.bypasses(role));
}

function first<T, Result>(items: readonly T[], find: (item: T) => Result | undefined): Result | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isSame(left: Place, right: Place): boolean {
  return left.role === right.role && left.table === right.table && left.command === right.command;
}
