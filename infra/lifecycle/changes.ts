import type { Catalog } from "../catalog/catalog.ts";
import { isEqual, type Properties } from "../values/properties.ts";
import type { Kind, OwnChange } from "./kind.ts";

/** An object before and after what this operation did to it. */
interface BeforeAndAfter {
  readonly before: Properties | undefined;
  readonly after: Properties | undefined;
}

/** What this operation has changed in the database, and the order in which it may. */
export class Changes {
  readonly #noted = new Set<string>();
  /** In their order. */
  readonly #steps: ((kind: Kind, id: string) => BeforeAndAfter | undefined)[] = [];
  readonly #applied = new Set<string>();
  readonly #applying = new Set<Promise<unknown>>();
  #migrating: Promise<unknown> = Promise.resolve();

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

  /** Notes objects that a resource of this operation has changed for its own sake, beside the one that it stands for. */
  note(changes: readonly OwnChange[]): void {
    for (const change of changes) {
      const key = keyOf(change.kind, change.id);
      const earlier = this.#of(change.kind, change.id);
      const step = earlier ? { ...change, before: earlier.before } : change;
      this.#noted.add(key);
      this.#steps.push((kind, id) => (keyOf(kind, id) === key ? step : undefined));
    }
  }

  /** Notes what the migrations or the perimeter of this operation changed: everything in which these two readings differ. */
  noteReadings(before: Catalog, after: Catalog): void {
    this.#steps.push((kind, id) => ({ before: kind.find(before, id), after: kind.find(after, id) }));
  }

  /** Whether this operation itself has written the object. */
  hasApplied(kind: string, id: string): boolean {
    return this.#applied.has(`${kind} ${id}`);
  }

  /** Whether this operation has written the object since the snapshot was read, for its own resource or for another one. */
  hasChanged(kind: Kind, id: string): boolean {
    // What the migrations and the perimeter changed is in the snapshot, which was read after them.
    return this.hasApplied(kind.name, id) || this.#noted.has(keyOf(kind, id));
  }

  /**
   * Whether an object is as this operation left it before its own resource had its turn (by its migrations or its perimeter, or for another
   * resource's sake), and was as expected before.
   */
  explain(
    kind: Kind,
    id: string,
    live: Properties,
    isExpected: (before: Properties | undefined) => boolean | undefined,
  ): boolean {
    const change = this.#of(kind, id);
    return change !== undefined && isEqual(change.after, live) && isExpected(change.before) === true;
  }

  /** The last step, from before those that it follows from. */
  #of(kind: Kind, id: string): BeforeAndAfter | undefined {
    let known: BeforeAndAfter | undefined;
    for (const step of this.#steps) {
      const next = step(kind, id);
      if (next === undefined) continue;
      const follows = known !== undefined && isEqual(known.after, next.before);
      known = follows ? { before: known?.before, after: next.after } : next;
    }
    return known;
  }
}

function keyOf(kind: Kind, id: string): string {
  return `${kind.name} ${id}`;
}
