import { describe, expect, it } from "vitest";
import type { Kind } from "../../infra/lifecycle/kind.ts";
import { diffResponse } from "../../infra/provider/conversion.ts";
import { differences } from "../../infra/values/properties.ts";

const kind = { replaceOn: ["table"] } as unknown as Kind;
const found = differences(
  { table: "a", policies: { "read all": { using: "true" }, own: { using: "true" } } },
  { table: "b", policies: { "read all": { using: "false" }, own: { using: "false" } } },
);

/** The paths that the engine is told about. */
function changedPaths(ignored: readonly string[]): readonly string[] {
  const paths: string[] = [];
  diffResponse(kind, found, ignored)
    .getDetaileddiffMap()
    .forEach((_, path) => void paths.push(path));
  return paths.sort();
}

describe("what a resource's ignoreChanges names", () => {
  it("is no difference, with everything within it, and anything else stays one", () => {
    expect(changedPaths([])).toEqual(["policies.own.using", 'policies["read all"].using', "table"]);
    expect(changedPaths(['policies["read all"]'])).toEqual(["policies.own.using", "table"]);
    expect(changedPaths(["policies", "table"])).toEqual([]);
  });

  it("replaces no resource", () => {
    expect(diffResponse(kind, found, []).getReplacesList()).toEqual(["table"]);
    expect(diffResponse(kind, found, ["table"]).getReplacesList()).toEqual([]);
  });
});
