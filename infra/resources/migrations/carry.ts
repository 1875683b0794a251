import type { Catalog } from "../../catalog/catalog.ts";
import { readCatalog } from "../../catalog/read.ts";
import { converge } from "../../provider/apply.ts";
import type { Session } from "../../provider/database.ts";
import type { Declaration } from "../../provider/declarations.ts";
import { describeError, InputError, sqlStateOf } from "../../provider/errors.ts";
import { lockObject } from "../../provider/object-lock.ts";
import type { Operation } from "../../provider/operation.ts";
import { scriptOf } from "../../provider/platform-locks.ts";
import { pinSettings } from "../../provider/session-settings.ts";
import { databaseFunction } from "../function/kind.ts";
import type { Kind } from "../kind.ts";
import { closedPolicy, type PolicyDefinition, planPolicy, policyOf } from "../policy/definition.ts";
import { policy as policyKind } from "../policy/kind.ts";
import { isEqual } from "../properties.ts";
import { formatName } from "../sql/names.ts";
import { formatQualified, parseQualified, type QualifiedName } from "../sql/quote.ts";
import { tableAccess } from "../table-access/kind.ts";
import { findDependentPolicies } from "./dependents.ts";
import type { SchemaChanges } from "./schema-changes.ts";

interface PolicyName {
  readonly table: QualifiedName;
  readonly name: string;
}

/** A policy that was in a migration's way and lets nothing through for now. */
interface ClosedPolicy extends PolicyName {
  readonly before: PolicyDefinition;
  readonly closed: PolicyDefinition;
}

export interface Readings {
  /** What this update has compared with its preview. */
  readonly shown: Catalog;
  /** The same, read again right before the first migration. */
  readonly found: Catalog;
}

/** What goes along with one migration. */
export interface Crossing {
  before(session: Session): Promise<void>;
  after(session: Session): Promise<void>;
  /** Instead of `after`, where the migration was not carried out and nothing was rolled back. */
  undo(session: Session): Promise<void>;
}

/**
 * Brings policies over a migration that drops or retypes what they use, in the migration's own transaction: before the script each such
 * policy is closed (its condition becomes `false`, so that it uses nothing and lets nothing through, whether it opens or narrows), and
 * after the script its table is brought to what the preview found declared. Nobody else ever sees it closed, and no moment has the new
 * table with the old policy, or with none.
 *
 * A table that the migration makes gets its declaration in the same transaction, so that default privileges never open it to anybody.
 * Functions that the update changes go along first: PostgreSQL does not know what the body of most of them uses, and policies call them.
 */
export class PolicyCarrier {
  readonly #operation: Operation;
  readonly #readings: Readings;
  readonly #report: (message: string) => void;
  /** Policies that an earlier migration left closed, for want of something that is still to come. */
  #waiting: readonly ClosedPolicy[] = [];

  constructor(operation: Operation, readings: Readings, report: (message: string) => void) {
    this.#operation = operation;
    this.#readings = readings;
    this.#report = report;
  }

  get isWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /**
   * What goes along with a migration that does these things; undefined where nothing does. Each step may be tried again after a
   * roll-back.
   */
  accompany(changes: SchemaChanges): Crossing | undefined {
    const isDeclared = (table: string) => this.#operation.declarations.find(tableAccess.name, table) !== undefined;
    const touched = [...changes.policyTables, ...changes.createdTables];
    if (!this.isWaiting && changes.losses.length === 0 && !touched.some(isDeclared)) return undefined;
    const waiting = this.#waiting;
    let closed = waiting;
    return {
      before: async (session) => {
        closed = await this.#close(session, changes, waiting);
      },
      after: async (session) => {
        this.#waiting = await this.#bringOver(session, changes, closed);
      },
      undo: async (session) => {
        this.#waiting = await this.#giveBack(session, closed);
      },
    };
  }

  /**
   * Refuses, before anything is closed, policies that could stay closed: where what follows can't be rolled back together with them.
   * @throws {InputError} naming the first
   */
  async refuseOrphans(session: Session, changes: SchemaChanges): Promise<void> {
    for (const { table, name } of await findDependentPolicies(session, changes.losses)) {
      if (!this.#isOwned({ table, name })) throw refusal({ table, name });
    }
  }

  async #close(
    session: Session,
    changes: SchemaChanges,
    waiting: readonly ClosedPolicy[],
  ): Promise<readonly ClosedPolicy[]> {
    const found = await findDependentPolicies(session, changes.losses);
    const tables = new Map(found.map(({ table }) => [formatQualified(table), table]));
    for (const id of [...tables.keys()].sort()) {
      await session.run(lockObject(access, id));
      if (!this.#isAsShown(access, id)) throw changedInBetween(id);
    }
    const catalog = await readCatalog(session, { tables: [...tables.values()] });
    const closed = new Map(waiting.map((policy) => [keyOf(policy.table, policy.name), policy]));
    for (const { table, name } of found) {
      const row = catalog.tables.get(formatQualified(table))?.policies.find((policy) => policy.name === name);
      if (row === undefined || closed.has(keyOf(table, name))) continue;
      const before = policyOf(row);
      const policy = { table, name, before, closed: closedPolicy(before) };
      await session.run(scriptOf(planPolicy(table, name, before, policy.closed), [table]));
      closed.set(keyOf(table, name), policy);
    }
    return [...closed.values()];
  }

  /** Brings what the migration touched to its declaration. Throws, so that all is rolled back, where a policy would be lost. */
  async #bringOver(
    session: Session,
    changes: SchemaChanges,
    policies: readonly ClosedPolicy[],
  ): Promise<readonly ClosedPolicy[]> {
    await session.run(ownSettings);
    const { declarations } = this.#operation;
    for (const declaration of declarations.ofKind(databaseFunction.name)) {
      if (!declarations.isChanging(declaration) || !this.#isAsShown(functions, declaration.id)) continue;
      await this.#attempt(session, declaration.id, () => convergeTo(session, functions, declaration), "every error");
    }
    const closed = policies.map((policy) => ({ ...policy, table: nameAfter(policy.table, changes) }));
    const touched = [...changes.policyTables, ...changes.createdTables];
    const converged = new Set<string>();
    for (const id of new Set([...closed.map(({ table }) => formatQualified(table)), ...touched])) {
      const declaration = declarations.find(tableAccess.name, id);
      if (declaration === undefined) continue;
      if (await this.#attempt(session, id, () => convergeTo(session, access, declaration))) converged.add(id);
    }
    const waiting: ClosedPolicy[] = [];
    for (const policy of closed.filter(({ table }) => !converged.has(formatQualified(table)))) {
      if (!(await this.#open(session, policy))) waiting.push(policy);
    }
    return waiting;
  }

  /** Gives closed policies their former conditions back, after a migration that was not carried out. */
  async #giveBack(session: Session, closed: readonly ClosedPolicy[]): Promise<readonly ClosedPolicy[]> {
    const waiting: ClosedPolicy[] = [];
    for (const policy of closed) if (!(await this.#restore(session, policy))) waiting.push(policy);
    for (const policy of waiting) this.#report(`${describe(policy)} lets nothing through until the next update`);
    return waiting;
  }

  /** Gives a policy of its own its declaration, or a policy its former condition, where that still holds. */
  async #open(session: Session, policy: ClosedPolicy): Promise<boolean> {
    const id = policyKind.identify({ ...policy.before, table: formatQualified(policy.table), name: policy.name });
    const catalog = await readCatalog(session, { tables: [policy.table] });
    const live = single.find(catalog, id);
    // The script dropped the policy, or its table, itself.
    if (live === undefined) return true;
    const declaration = this.#operation.declarations.find(policyKind.name, id);
    const isDeclared =
      declaration && (await this.#attempt(session, id, () => convergeTo(session, single, declaration)));
    if (isDeclared || (await this.#restore(session, policy))) return true;
    if (!this.#isOwned(policy)) throw refusal(policy);
    this.#report(`${describe(policy)} lets nothing through until its resource is updated, later in this update`);
    return false;
  }

  async #restore(session: Session, { table, name, before, closed }: ClosedPolicy): Promise<boolean> {
    const restore = async () => {
      await session.run(scriptOf(planPolicy(table, name, closed, before), [table]));
    };
    return await this.#attempt(session, formatQualified(table), restore, "every error");
  }

  /** Whether a resource of the stack will say what becomes of the policy. */
  #isOwned({ table, name }: PolicyName): boolean {
    const id = formatQualified(table);
    const owners = [[tableAccess.name, id] as const, [policyKind.name, `${id}/${name}`] as const];
    const { declarations } = this.#operation;
    return owners.some((owner) => declarations.find(...owner) !== undefined || this.#operation.isManaged(...owner));
  }

  /** Whether an object was, before the first migration, what the preview showed. */
  #isAsShown(kind: Kind, id: string): boolean {
    const { shown, found } = this.#readings;
    const declaration = this.#operation.declarations.find(kind.name, id);
    const isShown = declaration === undefined || this.#operation.options.isAsShown?.(declaration.urn, id) !== false;
    return isShown && isEqual(kind.find(found, id), kind.find(shown, id));
  }

  /**
   * Tries something that may have to wait for an object which another resource makes later in the update.
   * @returns whether it was done; nothing of it stays otherwise
   */
  async #attempt(
    session: Session,
    id: string,
    work: () => Promise<unknown>,
    tolerated: "missing objects" | "every error" = "missing objects",
  ): Promise<boolean> {
    await session.run("savepoint palisade");
    try {
      await work();
      await session.run("release savepoint palisade");
      return true;
    } catch (error) {
      const state = sqlStateOf(error) ?? "";
      const isTolerated = tolerated === "every error" ? !retriedStates.has(state) : missingObject.has(state);
      if (isTolerated) {
        await session.run("rollback to savepoint palisade");
        return false;
      }
      // These are tried again with the whole migration.
      if (retriedStates.has(state) || error instanceof InputError) throw error;
      throw new InputError(`what is declared for ${id} does not hold after it: ${describeError(error)}`);
    }
  }
}

/** A script may have set these otherwise; what is declared means what it means in any other transaction of ours. */
const ownSettings = `reset role; set local search_path = public, extensions; ${pinSettings({ scope: "transaction" })}`;

/** Brings one object to its declaration, from what it is at that moment. */
async function convergeTo(session: Session, kind: Kind, { id, inputs }: Declaration): Promise<void> {
  await session.run(lockObject(kind, id));
  const catalog = await readCatalog(session, kind.scope(id));
  await converge(kind, id, session, kind.find(catalog, id), inputs, catalog.server);
}

const access = tableAccess as unknown as Kind;
const single = policyKind as unknown as Kind;
const functions = databaseFunction as unknown as Kind;

/** undefined_table, _column, _object, _function, invalid_schema_name */
const missingObject = new Set(["42P01", "42703", "42704", "42883", "3F000"]);
/** Lock not available, deadlock, serialisation failure, cancelled, connection lost or shutting down. */
const retriedStates = new Set(["55P03", "40P01", "40001", "57014", "57P01", "57P02", "57P03"]);

function nameAfter(table: QualifiedName, changes: SchemaChanges): QualifiedName {
  const id = formatQualified(table);
  const renamed = [...changes.tables].find(([, { origin }]) => origin === id);
  return renamed === undefined ? table : parseQualified(renamed[0]);
}

function refusal(policy: PolicyName): InputError {
  return new InputError(
    `${describe(policy)} uses what this migration takes away, and no resource of the stack says what becomes of it. ` +
      "Declare the policy or its table in the stack, or drop the policy in the migration itself",
  );
}

function changedInBetween(id: string): InputError {
  return new InputError(
    `${id} is no longer what the preview showed: somebody changed its policies or grants. Nothing was changed; run the preview again`,
  );
}

function describe({ table, name }: PolicyName): string {
  return `the policy ${formatName(name)} on ${formatQualified(table)}`;
}

function keyOf(table: QualifiedName, name: string): string {
  return `${formatQualified(table)}/${name}`;
}
