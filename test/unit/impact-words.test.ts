import { describe, expect, it } from "vitest";
import { describeExtent } from "../../infra/access/impact/words.ts";
import { reachCommands } from "../../infra/access/reach/fact.ts";
import { objectKinds } from "../../infra/access/reach/finding.ts";

describe("what a preview says that a role gains", () => {
  it.each(reachCommands)("speaks of dropping the object for an owner alone: %s", (command) => {
    for (const kind of objectKinds) {
      const fact = { role: "authenticated", object: { kind, id: "public.thing" }, command, way: "privilege" } as const;
      expect(describeExtent(fact, () => false).includes("dropping"), kind).toBe(command === "own");
    }
  });
});
