import type { Catalog } from "../catalog/catalog.ts";
import { type Answer, askServer, type Probe } from "../catalog/probe.ts";
import { readSnapshot } from "../catalog/read.ts";
import { Database, type DatabaseOptions } from "../database/database.ts";
import { Declarations } from "../desired/declarations.ts";
import type { Problem } from "../errors/errors.ts";
import { withoutLeakproof } from "../sql/leakproof.ts";
import { isSameText } from "../sql/same-text.ts";
import type { Properties } from "../values/properties.ts";
import { Claims } from "./claims.ts";
import type { Kind, OwnChange } from "./kind.ts";
import { Rewordings } from "./rewordings.ts";
import { Unmade } from "./unmade.ts";

export interface OperationOptions {
  /** Every resource kind. */
  readonly kinds: readonly Kind[];
  /** Opens the connection string; asked once, when the database is first needed. */
  readonly connect: () => Promise<string>;
  /** The environment variable that the stack's configuration names for it; undefined: the local database. */
  readonly connectionVariable?: string | undefined;
  /** What the run's preview found declared. Default: nothing. */
  readonly declarations?: Declarations;
  /** Whether an object of a resource, as this process has read it, is what the run's preview showed. Default: it is. */
  readonly isAsShown?: (urn: string, id: string) => boolean;
  /** The objects of the stack's state; shared by the operations of one run. Default: none. */
  readonly managed?: Map<string, ManagedObject>;
  /** Whether creating may take over what exists and differs. */
  readonly adopt: boolean;
  readonly stack: string;
  readonly projectDirectory: string;
  readonly database?: DatabaseOptions;
}

/** An object that the stack's state has a resource for. */
export interface ManagedObject {
  readonly kind: string;
  readonly id: string;
  /** Whether it was there before the stack took it over. */
  readonly existedBefore?: boolean;
  /** As it was read, in the declared words where it means the same. Absent where only that it is managed is known. */
  readonly found?: { readonly inputs: Properties; readonly outputs: Properties };
  /** As the state has it. Absent for what is just being imported. */
  readonly state?: { readonly urn: string; readonly inputs: Properties; readonly outputs: Properties } | undefined;
}

/** Judges declarations by the schema that pending migrations lead to. */
export interface PendingSchema {
  /** What of a declaration can't stand once the migrations are applied. */
  examine(
    probes: readonly Probe[],
    ask: (probes: readonly Probe[]) => Promise<readonly Answer[]>,
  ): Promise<readonly Problem[]>;
  /** Whether what the database refuses now is known to hold afterwards. */
  willHold(probe: Probe): boolean;
}

interface Waiting {
  readonly probes: readonly Probe[];
  readonly resolve: (answers: readonly Answer[]) => void;
  readonly reject: (error: unknown) => void;
}

/** What the resources of one engine operation (one preview, one update) share: connections, one snapshot, who claims what. */
export class Operation {
  readonly options: OperationOptions;
  readonly declarations: Declarations;
  readonly claims = new Claims();
  readonly rewordings = new Rewordings();
  readonly unmade = new Unmade();
  readonly #assumptions: string[] = [];
  readonly #expectedChanges = new Set<string>();
  readonly #cancelling = new AbortController();
  #database: Promise<Database> | undefined;
  #snapshot: Promise<Catalog> | undefined;
  readonly #managed: Map<string, ManagedObject>;
  readonly #changed = new Map<string, OwnChange>();
  readonly #affected = new Set<string>();
  readonly #declaredProbes = new Map<string, () => readonly Probe[]>();
  readonly #leaving = new Map<string, string>();
  readonly #former = new Map<string, Properties>();
  readonly #overloads = new Map<string, number>();
  readonly #applied = new Set<string>();
  readonly #applying = new Set<Promise<unknown>>();
  #migrating: Promise<unknown> = Promise.resolve();
  #pendingSchema: PendingSchema | undefined;
  #migrated: { readonly before: Catalog; readonly after: Catalog } | undefined;
  #waiting: Waiting[] = [];
  #asking = false;

  constructor(options: OperationOptions) {
    this.options = options;
    this.declarations = options.declarations ?? new Declarations();
    this.#managed = options.managed ?? new Map();
  }

  database(): Promise<Database> {
    this.#database ??= this.options
      .connect()
      .then((connectionString) => new Database(connectionString, this.options.database));
    return this.#database;
  }

  /** The live database, read once for every resource of the operation. */
  snapshot(): Promise<Catalog> {
    this.#snapshot ??= this.database().then(readSnapshot);
    return this.#snapshot;
  }

  /** Undefined where there is no such kind: the state may be a later version's. */
  kindNamed(name: string): Kind | undefined {
    return this.options.kinds.find((kind) => kind.name === name);
  }

  /** Notes what the migrations of this operation changed: everything in which these two readings differ. */
  noteMigrated(before: Catalog, after: Catalog): void {
    this.#migrated = { before, after };
    this.#snapshot = Promise.resolve(after);
    this.#assumptions.length = 0;
    this.#expectedChanges.clear();
    this.#pendingSchema = undefined;
  }

  /** Notes that the stack's state has a resource for an object, and what is known of it. */
  noteManaged(kind: string, id: string, more: Omit<ManagedObject, "kind" | "id"> = {}): void {
    this.#managed.set(`${kind} ${id}`, { kind, id, ...more });
  }

  /** In no order. */
  get managed(): readonly ManagedObject[] {
    return [...this.#managed.values()];
  }

  findManaged(kind: string, id: string): ManagedObject | undefined {
    return this.#managed.get(`${kind} ${id}`);
  }

  /** Runs migrations while nothing else of this operation is written. */
  async migrate<T>(work: () => Promise<T>): Promise<T> {
    const before = [this.#migrating, ...this.#applying];
    const working = Promise.allSettled(before).then(work);
    this.#migrating = working.catch(() => undefined);
    return await working;
  }

  /** Writes one object while no migrations run. */
  async apply<T>(kind: string, id: string, work: () => Promise<T>): Promise<T> {
    const working = this.#migrating.then(work);
    const settled = working.then(
      () => void this.#applied.add(`${kind} ${id}`),
      () => undefined,
    );
    this.#applying.add(settled);
    try {
      return await working;
    } finally {
      await settled;
      this.#applying.delete(settled);
    }
  }

  /** Whether this operation itself has written the object. */
  hasApplied(kind: string, id: string): boolean {
    return this.#applied.has(`${kind} ${id}`);
  }

  isManaged(kind: string, id: string): boolean {
    return this.#managed.has(`${kind} ${id}`);
  }

  /** Notes objects that a resource of this operation has changed for its own sake, beside the one that it stands for. */
  noteChanges(changes: readonly OwnChange[]): void {
    for (const change of changes) {
      const key = `${change.kind.name} ${change.id}`;
      const earlier = this.changeOf(change.kind, change.id);
      this.#changed.set(key, earlier === undefined ? change : { ...change, before: earlier.before });
    }
  }

  /** Whether this operation has written the object since `snapshot` was read, for its own resource or for another one. */
  hasChanged(kind: Kind, id: string): boolean {
    // What the migrations changed is in the snapshot, which was read after them.
    return this.hasApplied(kind.name, id) || this.#changed.has(`${kind.name} ${id}`);
  }

  /** What this operation has changed of an object before its own resource had its turn: by its migrations, or for another resource's sake. */
  changeOf(
    kind: Kind,
    id: string,
  ): { readonly before: Properties | undefined; readonly after: Properties | undefined } | undefined {
    const noted = this.#changed.get(`${kind.name} ${id}`);
    if (noted !== undefined || this.#migrated === undefined) return noted;
    return { before: kind.find(this.#migrated.before, id), after: kind.find(this.#migrated.after, id) };
  }

  /** Notes that an object's declaration has to be asked about although it does not change: what it uses is replaced. */
  markAffected(kind: string, id: string): void {
    this.#affected.add(`${kind} ${id}`);
  }

  /** Keeps what a declaration asks the server, in case something that it uses is replaced later in this operation. */
  noteProbes(kind: string, id: string, probes: () => readonly Probe[]): void {
    this.#declaredProbes.set(`${kind} ${id}`, probes);
  }

  /** What a declaration of this operation asks the server; nothing where it has not come yet. */
  declaredProbes(kind: string, id: string): readonly Probe[] {
    return this.#declaredProbes.get(`${kind} ${id}`)?.() ?? [];
  }

  isAffected(kind: string, id: string): boolean {
    return this.#affected.has(`${kind} ${id}`);
  }

  /** Notes what the state has of a resource that the program declares. */
  noteFormer(urn: string, inputs: Properties): void {
    this.#former.set(urn, inputs);
  }

  /** What the state has of a resource that the program declares; of one that is replaced, the object that goes. */
  former(urn: string): Properties | undefined {
    return this.#former.get(urn);
  }

  /** Notes how many functions of one function's name the program declares. */
  expectOverloads(urn: string, number: number): void {
    this.#overloads.set(urn, number);
  }

  /** Undefined where the program does not tell. */
  overloads(urn: string): number | undefined {
    return this.#overloads.get(urn);
  }

  /** Notes that an object goes in this update, for another one. */
  noteLeaving(kind: string, id: string, successor: string): void {
    this.#leaving.set(`${kind} ${id}`, successor);
  }

  /** What comes instead of an object that goes in this update. */
  successorOf(kind: string, id: string): string | undefined {
    return this.#leaving.get(`${kind} ${id}`);
  }

  /** Gives a way to judge declarations by the schema that pending migrations lead to. */
  notePendingSchema(pendingSchema: PendingSchema): void {
    this.#pendingSchema = pendingSchema;
  }

  /** Undefined where no pending migration is known to change what exists. */
  get pendingSchema(): PendingSchema | undefined {
    return this.#pendingSchema;
  }

  /** The database right before and right after this operation's migrations; undefined where it has applied none. */
  get migrated(): { readonly before: Catalog; readonly after: Catalog } | undefined {
    return this.#migrated;
  }

  /** Aborted when the user cancels; for work that is not a statement of `database()`. */
  get signal(): AbortSignal {
    return this.#cancelling.signal;
  }

  /** Statements that this operation will run before the ones under question: functions and tables still to be created. */
  assume(statement: string): void {
    this.#assumptions.push(statement);
  }

  /** Notes that a pending migration will change existing tables in ways that can't be tried beforehand. */
  expectChanges(migration: string): void {
    this.#expectedChanges.add(migration);
  }

  /** Pending migrations whose effect on existing tables is not known to the answers of `ask`. */
  get expectedChanges(): readonly string[] {
    return [...this.#expectedChanges];
  }

  /** Asks the server; what arrives while a question is under way goes out together in the next round trip. */
  ask(probes: readonly Probe[]): Promise<readonly Answer[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ probes, resolve, reject });
      if (!this.#asking) void this.#askAll();
    });
  }

  /** Of each pair of texts, whether the server understands the same by both. */
  async meanTheSame(pairs: readonly { readonly left: Probe; readonly right: Probe }[]): Promise<readonly boolean[]> {
    if (pairs.length === 0) return [];
    const answers = await this.ask(pairs.flatMap(({ left, right }) => [left, right]));
    return pairs.map((pair, index) => {
      const [left, right] = answers.slice(index * 2, index * 2 + 2);
      if (!left?.ok || !right?.ok || isLeakproof(pair.left) !== isLeakproof(pair.right)) return false;
      return isSameText(pair.right.kind, left.canonical, right.canonical);
    });
  }

  async cancel(): Promise<void> {
    this.#cancelling.abort();
    await (await this.#database?.catch(() => undefined))?.cancel();
  }

  async close(): Promise<void> {
    await (await this.#database?.catch(() => undefined))?.close();
  }

  async #askAll(): Promise<void> {
    this.#asking = true;
    try {
      const database = await this.database();
      // Resources whose calls arrived in the same turn of the event loop go together.
      await new Promise((resolve) => setImmediate(resolve));
      while (this.#waiting.length > 0) await this.#askBatch(database, this.#waiting.splice(0));
    } catch (error) {
      for (const waiting of this.#waiting.splice(0)) waiting.reject(error);
    } finally {
      this.#asking = false;
    }
  }

  async #askBatch(database: Database, batch: readonly Waiting[]): Promise<void> {
    try {
      const answers = await askServer(
        database,
        batch.flatMap(({ probes }) => probes),
        [...this.#assumptions],
      );
      let start = 0;
      for (const { probes, resolve } of batch) {
        resolve(answers.slice(start, start + probes.length));
        start += probes.length;
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}

function isLeakproof(probe: Probe): boolean {
  return probe.kind === "function" && withoutLeakproof(probe.sql).isLeakproof;
}
