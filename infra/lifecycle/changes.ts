import type { Catalog } from "../catalog/catalog.ts";
import { isEqual, type Properties } from "../values/properties.ts";
import type { Kind, OwnChange } from "./kind.ts";

/** An object before and after what this operation did to it. */
interface BeforeAndAfter {
  readonly before: Properties | undefined;
  readonly after: Properties | undefined;
}

/**
 * What this operation has changed in the database. It also keeps migrations and other changes from running at the same
 * time.
 */
export class Changes {
  readonly #noted = new Set<string>();
  /** In the order in which they happened. */
  readonly #steps: ((kind: Kind, id: string) => BeforeAndAfter | undefined)[] = [];
  readonly #applied = new Set<string>();
  readonly #applying = new Set<Promise<unknown>>();
  #migrating: Promise<unknown> = Promise.resolve();

  /** Runs migrations while this operation changes nothing else. */
  async migrate<T>(work: () => Promise<T>): Promise<T> {
    const before = [this.#migrating, ...this.#applying];
    const working = Promise.allSettled(before).then(work);
    this.#migrating = working.catch(() => undefined);
    return await working;
  }

  /** Changes one object while no migrations run. */
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

  /** Records changes to other objects that a resource of this operation made along with its own. */
  note(changes: readonly OwnChange[]): void {
    for (const change of changes) {
      const key = keyOf(change.kind, change.id);
      const earlier = this.#of(change.kind, change.id);
      const step = earlier ? { ...change, before: earlier.before } : change;
      this.#noted.add(key);
      this.#steps.push((kind, id) => (keyOf(kind, id) === key ? step : undefined));
    }
  }

  /** Records what the migrations or the perimeter of this operation changed: the differences between two snapshots. */
  noteReadings(before: Catalog, after: Catalog): void {
    this.#steps.push((kind, id) => ({ before: kind.find(before, id), after: kind.find(after, id) }));
  }

  /** Whether this operation has applied a resource to the object. */
  hasApplied(kind: string, id: string): boolean {
    return this.#applied.has(`${kind} ${id}`);
  }

  /**
   * Whether this operation has changed the object since the snapshot was read, for its own resource or for another one.
   */
  hasChanged(kind: Kind, id: string): boolean {
    // Changes by migrations and the perimeter are in the snapshot, which was read after them.
    return this.hasApplied(kind.name, id) || this.#noted.has(keyOf(kind, id));
  }

  /**
   * Whether this operation explains the object's current state: its migrations, its perimeter or another resource
   * changed the object before its own resource's turn, and it was as expected before that.
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

  /** The last change, merged with those that it directly continues. */
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
