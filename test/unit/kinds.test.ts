import { describe, expect, it } from "vitest";
import * as palisade from "../../infra/index.ts";
import { kinds } from "../../infra/kinds/registry.ts";
import { normalise } from "../../infra/lifecycle/normalise.ts";
import { packageSchema } from "../../infra/provider/schema.ts";
import type { Properties, Value } from "../../infra/values/properties.ts";
import { kindOf, unconnectedContext } from "../integration/truth/direct.ts";
import { classNames, folderOf, objectSamples, samples } from "../kinds/index.ts";

const sampleRoles = [
  ...["postgres", "anon", "authenticated", "service_role"],
  ...["drift_owner", "drift_publisher", "drift_role", "drift_agent"],
];

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

  it.each(objectSamples)("says which roles a declaration names: $kind", async ({ kind: name, input }) => {
    const kind = kindOf(name);
    const desired = (await normalise(kind, input("named"), unconnectedContext())) as Properties;
    const { owner, recipients = [], memberOf = [] } = kind.roles?.(desired) ?? {};
    const asked = kind
      .probes(desired)
      .flatMap(({ call }) => /^pg_temp\.palisade_role\('"?(.*?)"?'\)$/.exec(call())?.[1] ?? []);
    const named = new Set([...asked, ...wordsIn(desired).filter((word) => sampleRoles.includes(word))]);
    const said = [owner, ...recipients, ...memberOf];
    expect([...named].filter((role) => !said.includes(role))).toEqual([]);
  });

  it.each(samples)(
    "says who reaches what by it, or its sample says why not: $kind",
    ({ kind: name, withoutReach = {} }) => {
      const kind = kindOf(name);
      for (const member of ["reachAfter", "answersFor"] as const)
        expect(kind[member] === undefined, member).toBe(withoutReach[member] !== undefined);
    },
  );

  it("has a sample that the generic suites run on", () => {
    expect(samples.map(({ kind }) => kind)).toEqual(kinds.map(({ name }) => name));
    expect(folderOf("TableAccess")).toBe("table-access");
  });
});

/** The keys and texts in a value. */
function wordsIn(value: Value): readonly string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => [key, ...wordsIn(each as Value)]);
}
