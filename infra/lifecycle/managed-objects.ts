import type { Reading } from "./recognition.ts";

/** An object that the stack's state has a resource for. */
export interface ManagedObject {
  readonly kind: string;
  readonly id: string;
  /** Whether it was there before the stack took it over. */
  readonly existedBefore?: boolean;
  /** As it was read, in the declared words where it means the same. Absent where only that it is managed is known. */
  readonly found?: Pick<Reading, "inputs" | "kept">;
  /** As the state has it. Absent for what is just being imported. */
  readonly state?: ({ readonly urn: string } & Pick<Reading, "inputs" | "kept">) | undefined;
}

/** The objects of the stack's state, as far as this run has heard of them. */
export class ManagedObjects {
  readonly #objects = new Map<string, ManagedObject>();

  /** Notes that the stack's state has a resource for an object, and what is known of it. */
  note(kind: string, id: string, more: Omit<ManagedObject, "kind" | "id"> = {}): void {
    this.#objects.set(`${kind} ${id}`, { kind, id, ...more });
  }

  /** In no order. */
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
