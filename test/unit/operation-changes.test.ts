import { describe, expect, it } from "vitest";
import type { Catalog } from "../../infra/catalog/catalog.ts";
import { kinds } from "../../infra/kinds/registry.ts";
import type { Kind } from "../../infra/lifecycle/kind.ts";
import { Operation } from "../../infra/lifecycle/operation.ts";
import { isEqual, type Properties } from "../../infra/values/properties.ts";

const kind = { name: "TableAccess", find: ({ tables }: Catalog, id: string) => tables.get(id) } as unknown as Kind;
const catalog = (tables: Readonly<Record<string, object>>) =>
  ({ tables: new Map(Object.entries(tables)) }) as unknown as Catalog;

function createOperation(): Operation {
  return new Operation({
    kinds,
    connect: () => Promise.reject(new Error("no database is needed")),
    adopt: false,
    stack: "test",
    projectDirectory: ".",
  });
}

describe("what an operation has changed since its snapshot", () => {
  it("is nothing because migrations ran, even of what these changed: the snapshot is read after them", async () => {
    const operation = createOperation();
    const after = catalog({ "public.kept": { a: 1 }, "public.altered": { a: 2 } });
    operation.noteReadings(catalog({ "public.kept": { a: 1 }, "public.altered": { a: 1 } }), after);
    expect(await operation.snapshot()).toBe(after);
    for (const table of ["public.kept", "public.altered", "public.unknown"])
      expect(operation.changes.hasChanged(kind, table), table).toBe(false);
  });

  it("is what it wrote, for an object's own resource or for another one", async () => {
    const operation = createOperation();
    await operation.changes.apply(kind.name, "public.written", () => Promise.resolve());
    operation.changes.note([{ kind, id: "public.brought", before: undefined, after: { a: 1 } }]);
    expect(operation.changes.hasChanged(kind, "public.written")).toBe(true);
    expect(operation.changes.hasChanged(kind, "public.brought")).toBe(true);
    expect(operation.changes.hasChanged(kind, "public.other")).toBe(false);
  });

  it("explains an object that its migrations and then its perimeter changed, and none that somebody changed in between", () => {
    const { changes } = createOperation();
    const [first, second, third] = [1, 2, 3].map((a) => catalog({ "public.ours": { a }, "public.other": { a } }));
    const foreign = catalog({ "public.ours": { a: 2 }, "public.other": { a: 9 } });
    changes.noteReadings(first as Catalog, second as Catalog);
    changes.noteReadings(foreign, third as Catalog);
    const isFirst = (before: unknown) => isEqual(before as Properties, { a: 1 });
    expect(changes.explain(kind, "public.ours", { a: 3 }, isFirst)).toBe(true);
    expect(changes.explain(kind, "public.other", { a: 3 }, isFirst)).toBe(false);
  });

  it("does not count a write that failed", async () => {
    const operation = createOperation();
    const failing = operation.changes.apply(kind.name, "public.t", () => Promise.reject(new Error("refused")));
    await expect(failing).rejects.toThrow("refused");
    expect(operation.changes.hasChanged(kind, "public.t")).toBe(false);
  });
});
