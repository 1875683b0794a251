import { quoteLiteral } from "../sql/quote.ts";
import type { World } from "./world.ts";

/** Shorter texts may be anywhere. */
const shortest = 6;
/** As many as tell one tenant's rows from another's in any view that shows something of them. */
const most = 200;

/** What only one tenant's rows hold, by which they are known in a view, or in what a function returns. */
export class Marks {
  readonly #byTenant: ReadonlyMap<string, readonly string[]>;

  constructor(world: World, tenants: readonly string[]) {
    const held = new Map<string, Set<string>>();
    for (const row of world.made.rows) {
      const owner = row.tenant ?? "";
      for (const value of Object.values(row.values)) {
        if (value !== null && value.length >= shortest) held.set(value, (held.get(value) ?? new Set()).add(owner));
      }
    }
    this.#byTenant = new Map(
      tenants.map((tenant) => [
        tenant,
        [...held]
          .filter(([, owners]) => owners.size === 1 && owners.has(tenant))
          .map(([value]) => value)
          .slice(0, most),
      ]),
    );
  }

  /** Of a tenant, without what the one who asks has said themselves. */
  of(tenant: string, said: readonly string[] = []): readonly string[] {
    return (this.#byTenant.get(tenant) ?? []).filter((mark) => !said.some((text) => text.includes(mark)));
  }

  /** The condition on a text that it holds one of the marks. */
  condition(text: string, tenant: string, said: readonly string[] = []): string {
    const marks = this.of(tenant, said).map((mark) => quoteLiteral(`%${mark.replaceAll(/[\\%_]/g, "\\$&")}%`));
    return marks.length === 0 ? "false" : `${text} like any (array[${marks.join(", ")}])`;
  }
}
