import type { Effect } from "../../access/effects/effect.ts";
import type { Catalog } from "../../catalog/catalog.ts";
import { readCatalog } from "../../catalog/read.ts";
import type { Session } from "../../database/database.ts";
import { pinSettings } from "../../database/session-settings.ts";
import { changedSincePreview } from "../../lifecycle/comparison.ts";
import type { Kind, TransactionGuard } from "../../lifecycle/kind.ts";
import type { Operation } from "../../lifecycle/operation.ts";
import { policyResources } from "../../lifecycle/policy-resources.ts";
import { searchPathSetting } from "../../sql/search-path.ts";
import { isEqual } from "../../values/properties.ts";
import type { MigrationHooks } from "../deployment/hooks.ts";
import type { SchemaChanges } from "../scripts/schema-changes.ts";
import { ClosedTables, reopenTable } from "./closed-tables.ts";
import {
  convergeAll,
  convergeToFormer,
  type DeclaredObject,
  DeclaredObjects,
  declaredScope,
  holdBack,
} from "./declared-objects.ts";
import { afterRenames, describePolicy, PolicySuspension, type SuspendedPolicy } from "./policy-suspension.ts";

export interface Readings {
  /** The snapshot that this update has compared with its preview. */
  readonly shown: Catalog;
  /** A second snapshot, from immediately before the first migration. */
  readonly found: Catalog;
}

/** The state after the migrations that have been applied so far. */
interface Progress {
  /** The database after them. */
  readonly catalog: Catalog;
  /** Policies that are still closed, because their conditions need something that does not exist yet. */
  readonly waiting: readonly SuspendedPolicy[];
  /** Objects that are not as declared, for the same reason. */
  readonly unsettled: readonly DeclaredObject[];
}

export interface DeploymentHooks extends MigrationHooks {
  /** Runs instead of `after` if the migration did not run and nothing was rolled back. */
  undo(session: Session): Promise<void>;
}

/**
 * Keeps declared objects as declared while migrations are applied. Whatever a migration's transaction changed of them,
 * by any means (a DO block, a trigger, a function), is restored to its declaration in the same transaction, so no other
 * session ever sees the difference.
 *
 * Snapshots of the catalog before and after show what changed. The scripts are parsed only to find the policies in
 * their way.
 */
export class DeclarationKeeper {
  readonly #operation: Operation;
  readonly #readings: Readings;
  readonly #report: (message: string) => void;
  readonly #objects: DeclaredObjects;
  readonly #suspension: PolicySuspension;
  #progress: Progress;

  constructor(operation: Operation, readings: Readings, report: (message: string) => void) {
    this.#operation = operation;
    this.#readings = readings;
    this.#report = report;
    this.#objects = new DeclaredObjects(operation);
    this.#suspension = new PolicySuspension(operation, (kind, id) => this.#refuseChangedSincePreview(kind, id));
    this.#progress = { catalog: readings.found, waiting: [], unsettled: [] };
  }

  /**
   * The hooks for a script with these changes; undefined if there is nothing to do. Each may run again after a
   * rollback.
   */
  hooksFor(changes: SchemaChanges): DeploymentHooks | undefined {
    const guards = this.#guards();
    if (changes.losses.length === 0 && this.#objects.isEmpty && guards.length === 0) return undefined;
    const before = this.#progress;
    let suspended = before.waiting;
    return {
      before: async (session) => {
        suspended = await this.#suspension.close(session, changes, before.waiting);
        for (const guard of guards) await guard.before(session);
      },
      after: async (session) => {
        this.#progress = await this.#bringToDeclaration(session, before, afterRenames(suspended, changes));
        for (const guard of guards) await guard.after(session);
      },
      undo: async (session) => {
        const waiting = await this.#suspension.giveBack(session, suspended);
        const after = await readCatalog(session, declaredScope(this.#operation));
        for (const object of this.#objects.changedBetween(before.catalog, after)) {
          await holdBack(session, object, object.kind.find(before.catalog, object.id));
        }
        for (const policy of waiting) {
          this.#report(`${describePolicy(policy)} lets nothing through until the next update`);
        }
      },
    };
  }

  #guards(): readonly TransactionGuard[] {
    const operation = this.#operation;
    return operation.declarations
      .all()
      .flatMap(({ kind, inputs }) => operation.kindNamed(kind)?.guard?.(inputs, operation) ?? []);
  }

  /** The declared tables that these statements open. */
  tablesOpenedBy(effects: readonly Effect[]): ClosedTables {
    return new ClosedTables(effects, this.#objects.declarations, this.#operation, this.#progress.catalog);
  }

  /**
   * Reopens a table that a killed deployment left closed. First its declaration is restored, since the migration may
   * have opened more.
   * @returns whether it is open
   */
  async reopen(session: Session, table: string): Promise<boolean> {
    const objects = this.#objects.ofTable(table);
    if (!objects.every(({ kind, id }) => this.#isAsShown(kind, id))) return false;
    const failed = await convergeAll(session, objects);
    if (failed.length === 0) await reopenTable(session, table);
    return failed.length === 0;
  }

  async refuseOrphans(session: Session, changes: SchemaChanges): Promise<void> {
    await this.#suspension.refuseOrphans(session, changes);
  }

  /** Reports the policies that are still closed after all migrations. */
  reportWaiting(): void {
    for (const policy of this.#progress.waiting) {
      this.#report(
        `${describePolicy(policy)} lets nothing through until its resource is updated, later in this update`,
      );
    }
  }

  /** @throws {InputError} if a policy would be lost or something would stay open; everything is then rolled back */
  async #bringToDeclaration(
    session: Session,
    { catalog: before, unsettled }: Progress,
    suspended: readonly SuspendedPolicy[],
  ): Promise<Progress> {
    // Runs deferred triggers now instead of at COMMIT, so that the second snapshot includes their effects, and ALTER
    // TABLE finds no pending events.
    await session.run(`set constraints all immediate; ${ownSettings}`);
    const after = await readCatalog(session, declaredScope(this.#operation));
    const changed = [...new Set([...this.#objects.changedBetween(before, after), ...unsettled])];
    if (changed.length === 0 && suspended.length === 0) return { catalog: after, waiting: [], unsettled: [] };
    for (const { kind, id } of changed) this.#refuseChangedSincePreview(kind, id);
    if (suspended.length > 0 || changed.some(({ kind }) => kind.policies !== undefined)) {
      const functions = this.#objects.changingFunctions.filter(
        (object) => !changed.includes(object) && this.#isAsShown(object.kind, object.id),
      );
      await convergeAll(session, functions);
    }
    const failed = await convergeAll(session, changed);
    const lost: DeclaredObject[] = [];
    for (const object of failed) if (!(await convergeToFormer(session, object))) lost.push(object);
    const held = new Set(changed.filter((object) => !lost.includes(object)).map(keyOf));
    const waiting = await this.#suspension.reopen(
      session,
      suspended.filter((policy) => !policyResources(this.#operation, policy).some((owner) => held.has(keyOf(owner)))),
    );
    for (const object of lost) await holdBack(session, object, object.kind.find(before, object.id));
    return { catalog: await readCatalog(session, declaredScope(this.#operation)), waiting, unsettled: failed };
  }

  /** @throws {InputError} if somebody changed the object between the preview and the first migration */
  #refuseChangedSincePreview(kind: Kind, id: string): void {
    if (!this.#isAsShown(kind, id)) throw changedSincePreview(id, "it");
  }

  #isAsShown(kind: Kind, id: string): boolean {
    const { declarations, options, changes } = this.#operation;
    if (changes.hasApplied(kind.name, id)) return true;
    const { shown, found } = this.#readings;
    const urn = declarations.find(kind.name, id)?.urn;
    const isShown = urn === undefined || options.isAsShown?.(urn, id) !== false;
    return isShown && isEqual(kind.find(found, id), kind.find(shown, id));
  }
}

/** The script may have changed these. A declaration must mean the same here as in any other transaction. */
const ownSettings = `reset role; set local search_path = ${searchPathSetting}; ${pinSettings({ scope: "transaction" })}`;

function keyOf({ kind, id }: Pick<DeclaredObject, "kind" | "id">): string {
  return `${kind.name} ${id}`;
}
