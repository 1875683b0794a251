import { describe, expect, it } from "vitest";
import * as palisade from "../../infra/index.ts";
import { kinds } from "../../infra/kinds/registry.ts";
import { packageSchema } from "../../infra/provider/schema.ts";
import { classNames, folderOf, samples } from "../kinds/index.ts";

interface Described {
  readonly description?: string;
  readonly inputProperties?: Readonly<Record<string, Described>>;
}

describe("a resource kind", () => {
  it.each(classNames)("is declared by a class that the package exports: %s", (name) => {
    expect(palisade).toHaveProperty(name);
  });

  it.each(kinds)("is described in the package's schema, with each property: $name", ({ name }) => {
    const resources = packageSchema().resources as Readonly<Record<string, Described>>;
    const { description, inputProperties = {} } = resources[`palisade:index:${name}`] ?? {};
    expect(description).toMatch(/\w.*\.$/);
    const silent = Object.entries(inputProperties).filter(
      ([, property]) => !/\w.*\.$/.test(property.description ?? ""),
    );
    expect(silent.map(([property]) => property)).toEqual([]);
  });

  it("has a sample that the generic suites run on", () => {
    expect(samples.map(({ kind }) => kind)).toEqual(kinds.map(({ name }) => name));
    expect(folderOf("TableAccess")).toBe("table-access");
  });
});
