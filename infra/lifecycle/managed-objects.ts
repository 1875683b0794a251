import type { Reading } from "./recognition.ts";

/** An object that the stack's state has a resource for. */
export interface ManagedObject {
  readonly kind: string;
  readonly id: string;
  /** Whether it existed before the stack adopted it. */
  readonly existedBefore?: boolean;
  /**
   * As it was read, with texts in the declared words if they mean the same. Absent: nothing is known but that it is
   * managed.
   */
  readonly found?: Pick<Reading, "inputs" | "kept">;
  /** As the state has it. Absent for an object that is just being imported. */
  readonly state?: ({ readonly urn: string } & Pick<Reading, "inputs" | "kept">) | undefined;
}

/** The objects of the stack's state, as far as this run has been told about them. */
export class ManagedObjects {
  readonly #objects = new Map<string, ManagedObject>();

  /** Records that the stack's state has a resource for an object, and what is known about it. */
  note(kind: string, id: string, more: Omit<ManagedObject, "kind" | "id"> = {}): void {
    this.#objects.set(`${kind} ${id}`, { kind, id, ...more });
  }

  /** In no particular order. */
  all(): readonly ManagedObject[] {
    return [...this.#objects.values()];
  }

  find(kind: string, id: string): ManagedObject | undefined {
    return this.#objects.get(`${kind} ${id}`);
  }

  has(kind: string, id: string): boolean {
    return this.#objects.has(`${kind} ${id}`);
  }
}
