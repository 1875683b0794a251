import { describe, expect, it } from "vitest";
import { readCatalog } from "../../infra/catalog/read.ts";
import { tables } from "../../infra/catalog/tables.ts";
import { kinds } from "../../infra/kinds/registry.ts";

describe("the parts of the catalog that kinds read", () => {
  const parts = [...new Set(kinds.flatMap(({ reads }) => reads))];

  it("have names of their own", () => {
    expect(new Set(parts.map(({ name }) => name)).size).toBe(parts.length);
    expect(kinds.filter(({ reads, derive }) => reads.length === 0 && derive === undefined)).toEqual([]);
  });

  it("are refused by name where somebody looks at one that was not read", async () => {
    const row = { version: 170000, user: "postgres", isSuperuser: false, actsAs: [], relations: {} };
    const session = { run: () => Promise.resolve([[], [{ rows: [row] }], [{ rows: [] }], []]) };
    const catalog = await readCatalog(session as never, [{ part: tables, wanted: "all" }]);
    expect(catalog.of(tables).size).toBe(0);
    for (const part of parts.filter(({ name }) => name !== tables.name))
      expect(() => catalog.of(part)).toThrow(`the catalog was read without its ${part.name}`);
    expect(() => catalog.schemas).toThrow("the catalog was read without its schemas");
    expect(() => catalog.functions).toThrow("the catalog was read without its functions");
    expect(catalog.tables.size).toBe(0);
  });
});
