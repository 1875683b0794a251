import { formatQualified, type QualifiedName } from "../sql/quote.ts";
import { createdIn, type Mentions, mentionsIn, qualified } from "./mentions.ts";
import { componentsOf, type Edge, type Strength } from "./order.ts";

/** What a resource creates, or controls: how others find it, and what it comes after. */
export interface Made {
  /** Names the object: `["trigger", "public", "tasks", "touch"]`. Two resources with the same create the same object. */
  readonly identity: readonly string[];
  /** As what other resources' texts name it. Absent: none names it. */
  readonly named?: Named;
  /** The table that it belongs to. */
  readonly table?: QualifiedName;
  /** What it decides about that table: everything (`access`), one policy, or which policies there are. Absent: nothing. */
  readonly decides?: (typeof decisions)[number];
  /** How strongly it comes after all migrations. Absent: only after those whose scripts create it. */
  readonly afterMigrations?: Strength | undefined;
  /** For migrations: the texts of all scripts. */
  readonly script?: string;
}

/** The ways in which a text names an object: before a dot, as a string, as a role, as an extension, or as a call. */
type Named =
  | { readonly as: "schema" | "bucket" | "role" | "extension"; readonly name: string }
  /** `isOwn`: the resource creates it, rather than a migration. */
  | { readonly as: "function"; readonly schema: string; readonly name: string; readonly isOwn: boolean };

/** The order of the resources that decide about one table. */
const decisions = ["access", "policy", "policies"] as const;

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
  readonly extensions = new Map<string, Resource[]>();
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
      const { identity, named, table, decides, script } = makes;
      add(this.#same, JSON.stringify(identity), resource);
      if (named?.as === "schema") add(this.schemas, named.name, resource);
      if (named?.as === "bucket") add(this.buckets, named.name, resource);
      if (named?.as === "role") add(this.roles, named.name, resource);
      if (named?.as === "extension") add(this.extensions, named.name, resource);
      if (named?.as === "function") {
        add(this.functions, qualified(named.schema, named.name), resource);
        add(this.functions, qualified(undefined, named.name), resource);
      }
      if (table !== undefined && decides !== undefined) {
        add(this.tables, table.name, resource);
        add(this.tables, formatQualified(table), resource);
      }
      if (script !== undefined) this.migrations.push({ resource, created: createdIn(script) });
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
  const script = from.makes?.script;
  const isMigration = script !== undefined;
  const texts = isMigration ? [script] : from.needed;
  const {
    schemas: ownSchemas,
    functions: ownFunctions,
    roles: ownRoles,
    extensions: ownExtensions,
  } = makers.migrations.find(({ resource }) => resource === from)?.created ?? nothingCreated;
  const edges: Edge<Resource>[] = [];
  for (const word of from.words)
    for (const to of makers.roles.get(word) ?? []) if (to !== from) edges.push({ from, to, strength: "needed" });
  const link = (to: readonly Resource[] | undefined, strength: Strength) => {
    for (const each of to ?? []) {
      const named = each.makes?.named;
      const comesAfter = isMigration && named?.as === "function" && !named.isOwn;
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
  // A script need not name the extension of the types and functions that it uses.
  if (isMigration) for (const [name, to] of makers.extensions) if (!ownExtensions.has(name)) link(to, "likely");
  follow(mentionsIn(...texts), "needed");
  follow(mentionsIn(...from.later), "later");
  return edges;
}

const nothingCreated = createdIn("");

/** First the table's own resource, then single policies, then the list of policies. */
function tableOrder<Resource extends Described>(from: Resource, makers: Makers<Resource>): Edge<Resource>[] {
  const { makes } = from;
  if (makes?.table === undefined || makes.decides === undefined) return [];
  const others = makers.tables.get(formatQualified(makes.table)) ?? [];
  return others
    .filter((other) => placeOf(other.makes) < placeOf(makes))
    .map((to) => ({ from, to, strength: makes.decides === "policies" ? "needed" : "likely" }));
}

function placeOf(makes: Made | undefined): number {
  return makes?.decides === undefined ? -1 : decisions.indexOf(makes.decides);
}

/**
 * Whatever may use a table comes after all migrations, which create tables. An object that a script itself creates
 * comes after that script.
 */
function migrationOrder<Resource extends Described>(from: Resource, makers: Makers<Resource>): Edge<Resource>[] {
  return makers.migrations.flatMap(({ resource: to, created }) => {
    const strength = isCreatedIn(created, from.makes?.named) ? "needed" : from.makes?.afterMigrations;
    return strength === undefined ? [] : [{ from, to, strength }];
  });
}

function isCreatedIn(created: ReturnType<typeof createdIn>, named: Named | undefined): boolean {
  const { schemas, buckets, functions, roles, extensions } = created;
  switch (named?.as) {
    case "schema":
      return schemas.has(named.name);
    case "bucket":
      return buckets.has(named.name);
    case "role":
      return roles.has(named.name);
    case "extension":
      return extensions.has(named.name);
    case "function":
      return functions.has(qualified(named.schema, named.name));
    default:
      return false;
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
  if (left?.table === undefined || right?.table === undefined) return false;
  return formatQualified(left.table) === formatQualified(right.table);
}

function add<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}
