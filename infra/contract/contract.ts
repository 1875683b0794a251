import { normaliseGrants } from "../desired/grants.ts";
import { InputError } from "../errors/errors.ts";
import { formatReference } from "../sql/names.ts";
import { parseQualified } from "../sql/quote.ts";
import { parseFileSize } from "../values/file-size.ts";
import { isProperties, type Value } from "../values/properties.ts";
import { camelCase, pascalCase } from "../values/source-names.ts";
import type { ApplicationEnum, ApplicationModel, ApplicationTable } from "./data-model.ts";
import type { DeclaredResource } from "./declared-stack.ts";
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

export interface ContractEnum extends ApplicationEnum {
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
  /** The columns that a subscription may filter by; empty: none. */
  readonly filters: readonly { readonly field: string; readonly column: string }[];
}

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

/** @throws {InputError} if a published table is in no model, or two names would collide */
export function describeContract(
  resources: readonly DeclaredResource[],
  model: ApplicationModel,
  variables: Variables,
): Contract {
  const tables = describeTables(resources, model);
  const contract: Contract = {
    variables,
    enums: model.enums.map((each) => ({ ...each, typeName: pascalCase(each.model) })),
    tables: [...tables.values()].filter(({ forUsers, forService }) => forUsers ?? forService),
    subscriptions: describeSubscriptions(resources, tables),
    buckets: describeBuckets(resources),
    topics: describeTopics(resources),
  };
  refuseSharedNames(contract);
  return contract;
}

function describeTables(
  resources: readonly DeclaredResource[],
  model: ApplicationModel,
): ReadonlyMap<string, ContractTable> {
  const grants = new Map(
    ofType(resources, "palisade:index:TableAccess").map(({ inputs }) => [
      normalName(text(inputs.table)),
      normaliseGrants(isProperties(inputs.grants) ? inputs.grants : {}, anyServer),
    ]),
  );
  return new Map(
    model.tables.map((table) => {
      const name = formatReference(table);
      const roles = grants.get(name) ?? {};
      const described: ContractTable = {
        ...table,
        typeName: pascalCase(table.model),
        forUsers: reachOf(table, [roles.anon, roles.authenticated]),
        forService: reachOf(table, [roles.service_role]),
      };
      return [name, described];
    }),
  );
}

/** The set of privileges depends on the server's version only in `maintain`, which an API can't use. */
const anyServer = { version: 170_000, user: "", isSuperuser: false, actsAs: [] };

type Privileges = Readonly<Record<string, Columns>>;
type Columns = true | readonly (true | string)[];

function reachOf(table: ApplicationTable, roles: readonly (Privileges | undefined)[]): Reach | undefined {
  const granted = roles.filter((privileges) => privileges !== undefined);
  if (granted.length === 0) return undefined;
  const columnsFor = (privilege: string) =>
    table.columns
      .map(({ column }) => column)
      .filter((column) => granted.some((privileges) => isGranted(privileges[privilege], column)));
  return { select: columnsFor("select"), insert: columnsFor("insert"), update: columnsFor("update") };
}

function isGranted(columns: Columns | undefined, column: string): boolean {
  return columns === true || (columns?.some((granted) => granted === true || granted === column) ?? false);
}

function describeSubscriptions(
  resources: readonly DeclaredResource[],
  tables: ReadonlyMap<string, ContractTable>,
): TableSubscription[] {
  const filters = ofType(resources, "palisade:components:RealtimeChanges").flatMap(({ inputs }) =>
    list(inputs.filters)
      .filter(isProperties)
      .map((filter) => ({ table: normalName(text(filter.table)), column: text(filter.column) })),
  );
  // Supabase Realtime uses this publication only.
  const published = ofType(resources, "palisade:index:Publication")
    .filter(({ name, inputs }) => (inputs.name ?? name) === "supabase_realtime")
    .flatMap(({ inputs: { tables: given } }) => (isProperties(given) ? Object.keys(given) : list(given).map(text)))
    .map(normalName);
  return published.map((name) => {
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
      filters: columns.map((column) => ({
        column,
        field: table.columns.find((each) => each.column === column)?.field ?? camelCase(column),
      })),
    };
  });
}

function describeBuckets(resources: readonly DeclaredResource[]): ContractBucket[] {
  const folders = new Map(
    ofType(resources, "palisade:components:FileBucket").map(({ name, inputs }) => [name, inputs.folder]),
  );
  return ofType(resources, "palisade:index:Bucket").map(({ name: resource, inputs }) => {
    const name = text(inputs.name ?? resource);
    const size =
      inputs.fileSizeLimit === undefined ? undefined : parseFileSize(inputs.fileSizeLimit as number | string);
    if (size instanceof Error) throw new InputError(`the bucket ${name}: ${size.message}`);
    const folder = folders.get(resource);
    return {
      identifier: `${camelCase(name)}Bucket`,
      name,
      isPublic: inputs.public === true,
      folders: folder === undefined ? [] : [text(folder)],
      fileSizeLimit: size,
      allowedMimeTypes: inputs.allowedMimeTypes === undefined ? undefined : list(inputs.allowedMimeTypes).map(text),
    };
  });
}

function describeTopics(resources: readonly DeclaredResource[]): ContractTopic[] {
  return ofType(resources, "palisade:components:RealtimeTopic").map(({ name, inputs }) => ({
    typeName: pascalCase(name),
    name,
    prefix: text(inputs.prefix),
    subject: text(inputs.subject),
    hasBroadcast: list(inputs.extensions).includes("broadcast"),
    hasPresence: list(inputs.extensions).includes("presence"),
  }));
}

function ofType(resources: readonly DeclaredResource[], type: string): readonly DeclaredResource[] {
  return resources.filter((resource) => resource.type === type);
}

/** A table's name in the one form in which names are compared. */
function normalName(name: string): string {
  return formatReference(parseQualified(name));
}

function text(value: Value | undefined): string {
  return typeof value === "string" ? value : "";
}

function list(value: Value | undefined): readonly Value[] {
  return Array.isArray(value) ? value : [];
}
