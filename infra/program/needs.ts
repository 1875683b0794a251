import { isPlatformSchema } from "../sql/platform-schemas.ts";
import { formatQualified, type QualifiedName } from "../sql/quote.ts";
import { createdIn, type Mentions, mentionsIn, qualified } from "./mentions.ts";
import { componentsOf, type Edge, type Strength } from "./order.ts";

/** What a resource creates, or controls. */
export type Made =
  | { readonly kind: "schema" | "bucket" | "publication" | "role"; readonly name: string }
  /** `function access`: controls a function that a migration creates. */
  | { readonly kind: "function" | "function access"; readonly schema: string; readonly name: string }
  | { readonly kind: "access" | "policies"; readonly table: QualifiedName }
  | { readonly kind: "policy" | "trigger"; readonly table: QualifiedName; readonly name: string }
  /** The texts of all scripts. */
  | { readonly kind: "migrations"; readonly script: string };

/** A resource, as far as it matters for the order of a program's resources. */
export interface Described {
  /** Identifies the resource; the same in every run. */
  readonly key: string;
  readonly makes: Made | undefined;
  /** SQL texts that name what has to exist when the resource is created. */
  readonly needed: readonly string[];
  /** SQL texts that name what has to exist when a function runs. */
  readonly later: readonly string[];
  /** All names and texts in its properties, some of which may be roles. */
  readonly words: readonly string[];
}

/** The order of a program's resources, derived from the names in them. */
export function findNeeds<Resource extends Described>(resources: readonly Resource[]): readonly Edge<Resource>[] {
  const makers = new Makers(resources);
  const edges = resources.flatMap((resource) => [
    ...mentioned(resource, makers),
    ...tableOrder(resource, makers),
    ...migrationOrder(resource, makers),
  ]);
  return [...edges, ...makers.rivals(), ...readsInCircles(resources, edges, makers)];
}

/** Which resources create or control what. */
class Makers<Resource extends Described> {
  readonly schemas = new Map<string, Resource[]>();
  readonly buckets = new Map<string, Resource[]>();
  readonly roles = new Map<string, Resource[]>();
  /** Keys as written by `qualified`, with and without the schema. */
  readonly functions = new Map<string, Resource[]>();
  /** The resources that control a table, by its unqualified and its qualified name. */
  readonly tables = new Map<string, Resource[]>();
  readonly migrations: { readonly resource: Resource; readonly created: ReturnType<typeof createdIn> }[] = [];
  readonly #same = new Map<string, Resource[]>();

  constructor(resources: readonly Resource[]) {
    for (const resource of resources) {
      const { makes } = resource;
      if (makes === undefined) continue;
      add(this.#same, identityOf(makes), resource);
      if (makes.kind === "schema") add(this.schemas, makes.name, resource);
      if (makes.kind === "bucket") add(this.buckets, makes.name, resource);
      if (makes.kind === "role") add(this.roles, makes.name, resource);
      if (makes.kind === "function" || makes.kind === "function access") {
        add(this.functions, qualified(makes.schema, makes.name), resource);
        add(this.functions, qualified(undefined, makes.name), resource);
      }
      if ("table" in makes && makes.kind !== "trigger") {
        add(this.tables, makes.table.name, resource);
        add(this.tables, formatQualified(makes.table), resource);
      }
      if (makes.kind === "migrations") this.migrations.push({ resource, created: createdIn(makes.script) });
    }
  }

  /**
   * If two resources create the same object, the same one always comes first, so that the same one is always refused.
   */
  rivals(): readonly Edge<Resource>[] {
    return [...this.#same.values()].flatMap((same) => {
      const sorted = same.toSorted((left, right) => (left.key < right.key ? -1 : 1));
      return sorted
        .slice(1)
        .map((from, index) => ({ from, to: sorted[index] as Resource, strength: "likely" as const }));
    });
  }
}

function mentioned<Resource extends Described>(from: Resource, makers: Makers<Resource>): Edge<Resource>[] {
  const isMigration = from.makes?.kind === "migrations";
  const texts = isMigration && from.makes?.kind === "migrations" ? [from.makes.script] : from.needed;
  const {
    schemas: ownSchemas,
    functions: ownFunctions,
    roles: ownRoles,
  } = makers.migrations.find(({ resource }) => resource === from)?.created ?? nothingCreated;
  const edges: Edge<Resource>[] = [];
  for (const word of from.words)
    for (const to of makers.roles.get(word) ?? []) if (to !== from) edges.push({ from, to, strength: "needed" });
  const link = (to: readonly Resource[] | undefined, strength: Strength) => {
    for (const each of to ?? []) {
      const comesAfter = isMigration && each.makes?.kind === "function access";
      if (each !== from && !comesAfter) edges.push({ from, to: each, strength });
    }
  };
  const follow = (mentions: Mentions, strength: Strength) => {
    for (const schema of mentions.qualifiers) if (!ownSchemas.has(schema)) link(makers.schemas.get(schema), strength);
    for (const call of mentions.calls) if (!ownFunctions.has(call)) link(makers.functions.get(call), strength);
    for (const name of mentions.names) if (!ownRoles.has(name)) link(makers.roles.get(name), strength);
    if (isMigration) return;
    for (const name of [...mentions.names, ...mentions.strings]) link(makers.schemas.get(name), "likely");
    for (const text of mentions.strings) link(makers.buckets.get(text), "likely");
  };
  follow(mentionsIn(...texts), "needed");
  follow(mentionsIn(...from.later), "later");
  return edges;
}

const nothingCreated = createdIn("");

/** First the table's own resource, then single policies, then the list of policies. */
function tableOrder<Resource extends Described>(from: Resource, makers: Makers<Resource>): Edge<Resource>[] {
  const { makes } = from;
  if (makes === undefined || !("table" in makes) || makes.kind === "trigger") return [];
  const others = makers.tables.get(formatQualified(makes.table)) ?? [];
  const places = ["access", "policy", "policies"];
  return others
    .filter((other) => places.indexOf(other.makes?.kind ?? "") < places.indexOf(makes.kind))
    .map((to) => ({ from, to, strength: makes.kind === "policies" ? "needed" : "likely" }));
}

/**
 * Whatever may use a table comes after all migrations, which create tables. An object that a script itself creates
 * comes after that script.
 */
function migrationOrder<Resource extends Described>(from: Resource, makers: Makers<Resource>): Edge<Resource>[] {
  return makers.migrations.flatMap(({ resource: to, created }) => {
    const strength = afterMigration(from.makes, created);
    return strength === undefined ? [] : [{ from, to, strength }];
  });
}

function afterMigration(makes: Made | undefined, created: ReturnType<typeof createdIn>): Strength | undefined {
  switch (makes?.kind) {
    case "access":
    case "function access":
    case "publication":
      return "needed";
    case "policy":
    case "trigger":
      return isPlatformSchema(makes.table.schema) ? "likely" : "needed";
    case "policies":
      return isPlatformSchema(makes.table.schema) ? undefined : "needed";
    case "function":
      return created.functions.has(qualified(makes.schema, makes.name)) ? "needed" : "likely";
    case "schema":
      return created.schemas.has(makes.name) ? "needed" : undefined;
    case "role":
      return created.roles.has(makes.name) ? "needed" : undefined;
    default:
      return undefined;
  }
}

/**
 * PostgreSQL refuses policies that read each other's tables in a circle. The order makes sure that the same one of them
 * is always checked last and gets the error. In all other cases, the order of two tables does not matter.
 */
function readsInCircles<Resource extends Described>(
  resources: readonly Resource[],
  edges: readonly Edge<Resource>[],
  makers: Makers<Resource>,
): Edge<Resource>[] {
  const reads = resources.flatMap((from) => {
    const { names } = mentionsIn(...from.needed, ...from.later);
    const read = new Set([...names].flatMap((name) => makers.tables.get(name) ?? []));
    return [...read]
      .filter((to) => to !== from && !isOnSameTable(from, to))
      .map((to) => ({ from, to, strength: "likely" as const }));
  });
  const component = componentsOf([...edges, ...reads]);
  return reads.filter(({ from, to }) => component.get(from) === component.get(to));
}

function isOnSameTable({ makes: left }: Described, { makes: right }: Described): boolean {
  if (left === undefined || right === undefined || !("table" in left) || !("table" in right)) return false;
  return formatQualified(left.table) === formatQualified(right.table);
}

function identityOf(makes: Made): string {
  const { kind } = makes;
  if (kind === "migrations") return kind;
  if ("table" in makes)
    return JSON.stringify([kind, makes.table.schema, makes.table.name, "name" in makes ? makes.name : ""]);
  return JSON.stringify([kind, "schema" in makes ? makes.schema : "", makes.name]);
}

function add<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}
