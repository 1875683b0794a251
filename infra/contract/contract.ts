import { rowCommands } from "../access/reach/extent.ts";
import type { Reachable } from "../access/reach/reachable.ts";
import { Rights } from "../access/reach/rights.ts";
import { InputError } from "../errors/errors.ts";
import { bucket } from "../kinds/bucket/kind.ts";
import { publication } from "../kinds/publication/kind.ts";
import { type DeclaredResource, declaredOf, type NormalDeclaration } from "../lifecycle/normal-declarations.ts";
import { realtimePublication } from "../sql/platform-schemas.ts";
import { formatQualified, parseQualified } from "../sql/quote.ts";
import { isProperties, type Value } from "../values/properties.ts";
import { camelCase, pascalCase } from "../values/source-names.ts";
import type { ApplicationEnum, ApplicationModel, ApplicationTable } from "./data-model.ts";
import { readDeclaredReach } from "./declared-reach.ts";
import type { Variables } from "./environment/variables.ts";
import { refuseSharedNames } from "./shared-names.ts";

/** Everything in an application's contract, by its names in code and in the database. */
export interface Contract {
  readonly variables: Variables;
  readonly enums: readonly ContractEnum[];
  /** The tables and views that can be reached through the API. */
  readonly tables: readonly ContractTable[];
  readonly subscriptions: readonly TableSubscription[];
  readonly buckets: readonly ContractBucket[];
  readonly topics: readonly ContractTopic[];
}

interface ContractEnum extends ApplicationEnum {
  /** Its type's name, such as `TaskStatus`. */
  readonly typeName: string;
}

export interface ContractTable extends ApplicationTable {
  /** The prefix of its row types, such as `Task`. */
  readonly typeName: string;
  /** What users may do, signed in or not; undefined if nothing. */
  readonly forUsers: Reach | undefined;
  readonly forService: Reach | undefined;
}

/** The columns that may be selected, inserted and updated. */
export interface Reach {
  readonly select: readonly string[];
  readonly insert: readonly string[];
  readonly update: readonly string[];
}

export interface TableSubscription {
  readonly functionName: string;
  readonly table: ContractTable;
  /** The changes that are published, at least one of them. */
  readonly events: readonly ChangeEvent[];
  /** The columns that a subscription may filter by; empty: none. */
  readonly filters: readonly { readonly field: string; readonly column: string }[];
}

/** The changes of rows that Realtime sends. It does not send TRUNCATE, which a publication may publish as well. */
export const changeEvents = ["insert", "update", "delete"] as const;

export type ChangeEvent = (typeof changeEvents)[number];

export interface ContractBucket {
  readonly identifier: string;
  readonly name: string;
  readonly isPublic: boolean;
  readonly folders: readonly string[];
  readonly fileSizeLimit: number | undefined;
  readonly allowedMimeTypes: readonly string[] | undefined;
}

export interface ContractTopic {
  /** The base name of the topic's functions, such as `Organization`. */
  readonly typeName: string;
  readonly name: string;
  readonly prefix: string;
  /** The parameter that follows the prefix, such as `organizationId`. */
  readonly subject: string;
  readonly hasBroadcast: boolean;
  readonly hasPresence: boolean;
}

/**
 * @throws {InputError} if the provider would refuse a declaration, a published table is in no model, or two names would
 * collide
 */
export async function describeContract(
  resources: readonly DeclaredResource[],
  model: ApplicationModel,
  variables: Variables,
): Promise<Contract> {
  const { reachable, declarations } = await readDeclaredReach(resources, model);
  const tables = describeTables(reachable, model);
  const contract: Contract = {
    variables,
    enums: model.enums.map((each) => ({ ...each, typeName: pascalCase(each.model) })),
    tables: [...tables.values()].filter(({ forUsers, forService }) => forUsers ?? forService),
    subscriptions: describeSubscriptions(resources, declarations, tables),
    buckets: describeBuckets(resources, declarations),
    topics: describeTopics(resources),
  };
  refuseSharedNames(contract);
  return contract;
}

function describeTables(reachable: Reachable, model: ApplicationModel): ReadonlyMap<string, ContractTable> {
  return new Map(
    model.tables.map((table) => [
      formatQualified(table),
      {
        ...table,
        typeName: pascalCase(table.model),
        forUsers: reachOf(table, ["anon", "authenticated"], reachable),
        forService: reachOf(table, ["service_role"], reachable),
      },
    ]),
  );
}

/** What these roles together reach of a table. */
function reachOf(table: ApplicationTable, roles: readonly string[], reachable: Reachable): Reach | undefined {
  const relation = reachable.relations.get(formatQualified(table));
  const rights = roles.map((role) => new Rights(role, reachable)).filter((each) => each.enters(table.schema));
  const heldOn = (privilege: string): readonly (true | string)[] =>
    relation === undefined ? [] : rights.flatMap<true | string>((each) => each.holds(relation, privilege) ?? []);
  if (rowCommands.every((command) => heldOn(command).length === 0)) return undefined;
  const columnsFor = (privilege: string) => {
    const held = heldOn(privilege);
    return table.columns.map(({ column }) => column).filter((column) => held.includes(true) || held.includes(column));
  };
  return { select: columnsFor("select"), insert: columnsFor("insert"), update: columnsFor("update") };
}

function describeSubscriptions(
  resources: readonly DeclaredResource[],
  declarations: readonly NormalDeclaration[],
  tables: ReadonlyMap<string, ContractTable>,
): TableSubscription[] {
  const filters = componentsOf(resources, "RealtimeChanges").flatMap(({ inputs }) =>
    list(inputs.filters)
      .filter(isProperties)
      .map((filter) => ({
        table: formatQualified(parseQualified(text(filter.table))),
        column: text(filter.column),
      })),
  );
  const published = declaredOf(publication, declarations).find(({ name }) => name === realtimePublication);
  const events = changeEvents.filter((event) => published?.publish.includes(event));
  if (published === undefined || events.length === 0) return [];
  return Object.keys(published.tables).map((name) => {
    const table = tables.get(name);
    if (!table) {
      throw new InputError(
        `${name} is published, and schema.prisma has no model of it that could say what its rows are`,
      );
    }
    const columns = filters.filter((filter) => filter.table === name).map(({ column }) => column);
    return {
      functionName: `subscribeTo${pascalCase(table.schema === "public" ? table.name : `${table.schema}_${table.name}`)}`,
      table,
      events,
      filters: columns.map((column) => ({
        column,
        field: table.columns.find((each) => each.column === column)?.field ?? camelCase(column),
      })),
    };
  });
}

function describeBuckets(
  resources: readonly DeclaredResource[],
  declarations: readonly NormalDeclaration[],
): ContractBucket[] {
  // The component's bucket has its name.
  const folders = new Map(componentsOf(resources, "FileBucket").map(({ name, inputs }) => [name, inputs.folder]));
  return declaredOf(bucket, declarations).map(({ name, public: isPublic, fileSizeLimit, allowedMimeTypes }) => {
    const folder = folders.get(name);
    return {
      identifier: `${camelCase(name)}Bucket`,
      name,
      isPublic,
      folders: folder === undefined ? [] : [text(folder)],
      fileSizeLimit,
      allowedMimeTypes,
    };
  });
}

function describeTopics(resources: readonly DeclaredResource[]): ContractTopic[] {
  return componentsOf(resources, "RealtimeTopic").map(({ name, inputs }) => ({
    typeName: pascalCase(name),
    name,
    prefix: text(inputs.prefix),
    subject: text(inputs.subject),
    hasBroadcast: list(inputs.extensions).includes("broadcast"),
    hasPresence: list(inputs.extensions).includes("presence"),
  }));
}

/** A component is no object of the database, and declares for the contract alone what its resources can't say. */
function componentsOf(resources: readonly DeclaredResource[], component: string): readonly DeclaredResource[] {
  return resources.filter(({ type }) => type === `palisade:components:${component}`);
}

function text(value: Value | undefined): string {
  return typeof value === "string" ? value : "";
}

function list(value: Value | undefined): readonly Value[] {
  return Array.isArray(value) ? value : [];
}
