import type { Impact } from "../access/impact/notes.ts";
import type { Reachable } from "../access/reach/reachable.ts";
import { readReachable } from "../access/reach/read.ts";
import { type LiveSchema, readLiveSchema } from "../access/recursion/live-schema.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { functions } from "../catalog/functions.ts";
import type { CatalogPart } from "../catalog/part.ts";
import { readSnapshot } from "../catalog/read.ts";
import { schemas } from "../catalog/schemas.ts";
import { tables } from "../catalog/tables.ts";
import { Database, type DatabaseOptions } from "../database/database.ts";
import { Declarations } from "../desired/declarations.ts";
import { Changes } from "./changes.ts";
import type { Kind } from "./kind.ts";
import { ManagedObjects } from "./managed-objects.ts";
import { PendingMigrations } from "./pending-migrations.ts";
import { Questions } from "./questions.ts";
import { Replacements } from "./replacement.ts";
import { ReportedOnce } from "./reported-once.ts";
import { Rewordings } from "./rewordings.ts";
import { Unmade } from "./unmade.ts";

export interface OperationOptions {
  /** Every resource kind. */
  readonly kinds: readonly Kind[];
  /** Returns the connection string. Called once, when the database is first needed. */
  readonly connect: () => Promise<string>;
  /**
   * The environment variable with the connection string, from the stack's configuration. Undefined: the local database.
   */
  readonly connectionVariable?: string | undefined;
  /** What this run declares, including what its preview found declared. Default: nothing. */
  readonly declarations?: Declarations;
  /** Whether an object of a resource, as this process has read it, matches the run's preview. Default: it does. */
  readonly isAsShown?: (urn: string, id: string) => boolean;
  /** The objects of the stack's state, shared by the operations of one run. Default: none. */
  readonly managed?: ManagedObjects;
  /** What the run has reported. Default: nothing. */
  readonly reportedInRun?: ReportedOnce;
  /** Whether creation may take over an existing object that differs from its declaration. */
  readonly adopt: boolean;
  /** Whether warnings are shown. If not, what only they need is not read. Default: true. */
  readonly warns?: boolean;
  readonly stack: string;
  readonly projectDirectory: string;
  readonly database?: DatabaseOptions;
}

/**
 * What the resources of one engine operation (one preview or one update) share. It reads the live database once for all
 * of them.
 */
export class Operation {
  readonly options: OperationOptions;
  readonly declarations: Declarations;
  readonly managed: ManagedObjects;
  readonly questions = new Questions(() => this.database());
  readonly changes = new Changes();
  readonly replacements = new Replacements();
  readonly pending = new PendingMigrations();
  readonly rewordings = new Rewordings();
  readonly unmade = new Unmade();
  /** How the previewed changes affect everybody's access, by resource. */
  readonly impacts = new Map<string, Impact>();
  /** The resources whose derived properties this operation has found. */
  readonly derived = new Set<string>();
  /** What this operation reports once, because it concerns several resources. */
  readonly reported = new ReportedOnce();
  /** What the run reports once, although both its preview and its update find it. */
  readonly reportedInRun: ReportedOnce;
  readonly #cancelling = new AbortController();
  #connectionString: Promise<string> | undefined;
  #database: Promise<Database> | undefined;
  #snapshot: Promise<Catalog> | undefined;
  #liveSchema: Promise<LiveSchema> | undefined;
  #reachable: Promise<Reachable> | undefined;

  constructor(options: OperationOptions) {
    this.options = options;
    this.declarations = options.declarations ?? new Declarations();
    this.managed = options.managed ?? new ManagedObjects();
    this.reportedInRun = options.reportedInRun ?? new ReportedOnce();
  }

  /** For work that needs connections of its own. */
  connectionString(): Promise<string> {
    this.#connectionString ??= this.options.connect();
    return this.#connectionString;
  }

  database(): Promise<Database> {
    this.#database ??= this.connectionString().then(
      (connectionString) => new Database(connectionString, this.options.database),
    );
    return this.#database;
  }

  /** The catalog parts that a snapshot contains: those that several modules use, and those of the kinds. */
  get parts(): readonly CatalogPart[] {
    return [...new Set([schemas, tables, functions, ...this.options.kinds.flatMap(({ reads }) => reads)])];
  }

  /** The live database, read once for every resource of the operation. */
  snapshot(): Promise<Catalog> {
    this.#snapshot ??= this.database().then((database) => readSnapshot(database, this.parts));
    return this.#snapshot;
  }

  /** Further facts about the schema that decide which policies apply. Read once, when a resource needs them. */
  liveSchema(): Promise<LiveSchema> {
    this.#liveSchema ??= Promise.all([this.database(), this.snapshot()]).then(([database, catalog]) =>
      readLiveSchema(database, catalog),
    );
    return this.#liveSchema;
  }

  /** The facts that decide everybody's access. Read once, when a resource changes access. */
  reachable(): Promise<Reachable> {
    this.#reachable ??= this.database().then((database) => database.look(readReachable));
    return this.#reachable;
  }

  /** Undefined: there is no such kind. The state may come from a later version. */
  kindNamed(name: string): Kind | undefined {
    return this.options.kinds.find((kind) => kind.name === name);
  }

  /** Records what the migrations or the perimeter of this operation changed: the differences between two snapshots. */
  noteReadings(before: Catalog, after: Catalog): void {
    this.changes.noteReadings(before, after);
    this.#snapshot = Promise.resolve(after);
    this.#liveSchema = undefined;
    this.#reachable = undefined;
    this.questions.forgetAssumptions();
    this.pending.clear();
  }

  /** Aborted when the user cancels. For work that is not a statement of `database()`. */
  get signal(): AbortSignal {
    return this.#cancelling.signal;
  }

  async cancel(): Promise<void> {
    this.#cancelling.abort();
    await (await this.#database?.catch(() => undefined))?.cancel();
  }

  async close(): Promise<void> {
    await (await this.#database?.catch(() => undefined))?.close();
  }
}
