import type { Reachable, Relation } from "../access/reach/reachable.ts";
import type { Server } from "../catalog/catalog.ts";
import { newestVersion } from "../catalog/newest-version.ts";
import { formatProblems, InputError } from "../errors/errors.ts";
import { defaultPrivileges } from "../kinds/default-privileges/kind.ts";
import { exclusivePolicies } from "../kinds/exclusive-policies/kind.ts";
import { databaseFunction } from "../kinds/function/kind.ts";
import { functionAccess } from "../kinds/function-access/kind.ts";
import { policy } from "../kinds/policy/kind.ts";
import { kinds } from "../kinds/registry.ts";
import { sequenceAccess } from "../kinds/sequence-access/kind.ts";
import { classNameOf } from "../lifecycle/adoptable.ts";
import {
  type DeclaredResource,
  isNormal,
  type NormalDeclaration,
  normaliseDeclarations,
} from "../lifecycle/normal-declarations.ts";
import { Operation } from "../lifecycle/operation.ts";
import { withDeclared } from "../lifecycle/planned-reach.ts";
import { formatQualified } from "../sql/quote.ts";
import type { ApplicationModel, ApplicationTable } from "./data-model.ts";

/** What a program declares about access, without a database. */
export interface DeclaredReach {
  /** In normal form. */
  readonly declarations: readonly NormalDeclaration[];
  /** Who reaches what in a database that has the schema's tables, and no access but what is declared. */
  readonly reachable: Reachable;
}

/**
 * Works out what a program declares about access by the kinds' own rules, so that the contract and the database agree.
 * @throws {InputError} for a declaration that the provider would refuse, if the contract contains what it is about
 */
export async function readDeclaredReach(
  resources: readonly DeclaredResource[],
  model: ApplicationModel,
): Promise<DeclaredReach> {
  const connect = () => Promise.reject(new InputError("the contract is written without a database"));
  const operation = new Operation({ kinds, connect, adopt: false, stack: "", projectDirectory: "" });
  const changesAccess = ({ reachAfter }: { readonly reachAfter?: unknown }) => reachAfter !== undefined;
  const read = await normaliseDeclarations(resources, { server: anyServer, operation }, changesAccess);
  for (const declaration of read) {
    const { kind, resource } = declaration;
    if (isNormal(declaration) || absentKinds.has(kind.name)) continue;
    throw new InputError(`${classNameOf(kind)} ${resource.name}: ${formatProblems(declaration.problems)}`);
  }
  const declarations = read.filter(isNormal);
  return { declarations, reachable: withDeclared(closedDatabase(model), declarations) };
}

/**
 * The kinds that change access, but nothing in the contract: it has no policies, functions, sequences or tables that are
 * still to be created. Their declarations may have inputs that only an update knows, such as a condition made from
 * another provider's output. Without a declaration of any other kind, the contract would lack something.
 */
const absentKinds: ReadonlySet<string> = new Set(
  [policy, exclusivePolicies, databaseFunction, functionAccess, sequenceAccess, defaultPrivileges].map(
    ({ name }) => name,
  ),
);

/** The deploying role is unknown, so it has a name that no program grants anything to. */
const anyServer: Server = { version: newestVersion, user: "the deploying role", isSuperuser: false, actsAs: [] };

function closedDatabase({ tables }: ApplicationModel): Reachable {
  return {
    ...{ roles: new Map(), exposedSchemas: [], schemas: new Map(), functions: new Map() },
    ...{ publications: [], defaultPrivileges: [], buckets: [] },
    relations: new Map(tables.map((table) => [formatQualified(table), closedRelation(table)])),
  };
}

function closedRelation({ schema, name, isView, columns }: ApplicationTable): Relation {
  return {
    ...{ schema, name, kind: isView ? "v" : "r", owner: anyServer.user, privileges: [], policies: [] },
    columns: columns.map(({ column }) => column),
    ...{ rowSecurity: false, forceRowSecurity: false, isExtension: false, hasRules: false, isInvoker: false },
    ...{ writes: [], reads: [], ownedBy: undefined, parents: [] },
  };
}
