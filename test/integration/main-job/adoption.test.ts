import { expect, it } from "vitest";
import { describeApplication, rowVersions } from "../../support/application.ts";
import { readDiagnostics, readOperations, readSummary } from "../../support/pulumi-output.ts";

describeApplication("a database that another stack knows nothing of", ({ stack, openStack }) => {
  it("is adopted whole by the program that made it, without a statement", async () => {
    const adopting = await openStack();
    try {
      const before = await stack().sql(rowVersions);
      const shown = await adopting.preview();
      expect(shown.exitCode, shown.output).toBe(0);
      const lines = [...readDiagnostics(shown).values()].flat();
      const adopted = lines.filter((line) => /^adopts .* unchanged: nothing is executed$/.test(line)).length;
      expect(lines).toContain("adopts the database's migrations unchanged: nothing is executed");
      // A perimeter is nothing in the database that could be adopted.
      expect(adopted).toBe(readOperations(shown).size - 1);
      expect(lines.filter((line) => line.startsWith(`takes over ${adopted} objects as they are: `))).toHaveLength(1);
      const up = await adopting.up();
      expect(up.exitCode, up.output).toBe(0);
      expect(readSummary(up)).toEqual([expect.stringMatching(/^\+ \d+ created$/)]);
      expect(await stack().sql(rowVersions)).toEqual(before);
      const preview = await adopting.preview("--expect-no-changes");
      expect(preview.exitCode, preview.output).toBe(0);
    } finally {
      await adopting.close();
    }
  });

  it("is not adopted where it differs: the error names the property, and the ways out", async () => {
    const adopting = await openStack();
    try {
      await stack().sql("alter policy users_update on public.users using (true)");
      const before = await stack().sql(rowVersions);
      const preview = await adopting.preview();
      expect(preview.exitCode, preview.output).not.toBe(0);
      expect(readDiagnostics(preview).get("TableAccess users")?.join("\n")).toMatch(
        /public\.users exists already and differs from what is declared \(policies\.users_update\.using\)\. .*`npm run pulumi -- import palisade:index:TableAccess users public\.users --stack test`.*`npm run pulumi -- config set palisade:adopt true --stack test`/,
      );
      expect(await stack().sql(rowVersions)).toEqual(before);
      expect((await stack().up()).exitCode).toBe(0);
    } finally {
      await adopting.close();
    }
  });

  it("is still as the first stack declared it", async () => {
    const preview = await stack().preview("--expect-no-changes");
    expect(preview.exitCode, preview.output).toBe(0);
  });
});
