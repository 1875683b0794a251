import { describe, expect, it } from "vitest";
import { kindNamed } from "../../infra/kinds/registry.ts";
import type { Kind } from "../../infra/lifecycle/kind.ts";
import { normalise } from "../../infra/lifecycle/normalise.ts";
import type { Properties } from "../../infra/values/properties.ts";
import { unconnectedContext } from "../integration/truth/direct.ts";

const context = unconnectedContext();

describe("the normal form of a declaration", () => {
  it("has the defaults of the kind's arguments", async () => {
    expect(await normalise(kind("Bucket"), { name: "avatars" }, context)).toEqual({
      name: "avatars",
      public: false,
      avifAutodetection: false,
    });
  });

  it("has the resource's name where the program gives none", async () => {
    expect(await normalise(kind("Schema"), {}, context, "private")).toMatchObject({ name: "private" });
    expect(await normalise(kind("Bucket"), {}, context, "a/b")).toMatchObject([{ path: ["name"] }]);
    expect(await normalise(kind("Function"), {}, context, "is_member")).toMatchObject([{ path: ["definition"] }]);
  });

  it("does not leave out a name that JavaScript keeps for itself, but says so", async () => {
    const policies = JSON.parse('{"__proto__": {"command": "select", "using": "true"}}') as Properties;
    expect(await normalise(kind("TableAccess"), { table: "public.tasks", policies }, context)).toEqual([
      { path: ["policies", "__proto__"], message: "JavaScript keeps the name __proto__ for itself" },
    ]);
  });
});

function kind(name: string): Kind {
  return kindNamed(name) as Kind;
}
