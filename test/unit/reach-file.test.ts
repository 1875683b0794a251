import { describe, expect, it } from "vitest";
import { z } from "zod";
import { reachFileSchema } from "../../infra/access/impact/reach-file.ts";
import { summariseImpact } from "../../infra/access/impact/summary.ts";

const title = "What a preview of Palisade changes of who reaches what";

describe("the file with what a preview changes of who reaches what", () => {
  it("has its schema in the package", async () => {
    const schema = { ...z.toJSONSchema(reachFileSchema), title };
    await expect(`${JSON.stringify(schema, undefined, 2)}\n`).toMatchFileSnapshot("../../infra/reach-file.schema.json");
  });
});

describe("the summary of a preview", () => {
  const line = (verb: string, role: string, rank?: number) => ({
    ...{ verb, roles: [role], message: `${role} ${verb} something (${rank})`, rank },
  });

  it("is nothing where nobody's reach changes", () => {
    expect(summariseImpact([])).toBeUndefined();
  });

  it("counts who gains, who loses and what else changes", () => {
    expect(summariseImpact([line("gains", "authenticated"), line("loses", "public"), line("keeps", "anon")])).toEqual({
      severity: "info",
      message: "Who reaches what changes: 1 gain (authenticated), 1 loss (everybody) and 1 other change (anon).",
    });
  });

  it("repeats the three worst", () => {
    const lines = [4, 2, undefined, 0, 3].map((rank) => line("gains", "anon", rank));
    expect(summariseImpact(lines)).toEqual({
      severity: "warning",
      message: [
        "Who reaches what changes: 5 gains (anon). The worst of 4:",
        ...["0", "2", "3"].map((rank) => `  anon gains something (${rank})`),
      ].join("\n"),
    });
  });
});
