import { expect, it } from "vitest";
import { describeApplication } from "../../support/application.ts";
import { readSummary } from "../../support/pulumi-output.ts";
import type { Run } from "../../support/stack.ts";
import { startTraffic, type TrafficReport } from "../../support/traffic.ts";

describeApplication(
  "while policy statements lock the platform's tables, as on a hosted project",
  ({ stack, connectionString, query }) => {
    const lockPlatform = async () => {
      const name = new URL(connectionString()).pathname.slice(1);
      await query(`alter database ${name} set palisade.platform_locks = 'on'`);
      // On a busy machine a turn comes late; that is not said to be a wait for oneself.
      await stack().run("config", "set", "palisade:lockTimeoutSeconds", "60");
    };
    const dropPolicies = () =>
      query(`do $$ declare found record; begin
        for found in select polname, polrelid::regclass as name from pg_policy loop
          execute format('drop policy %I on %s', found.polname, found.name);
        end loop; end $$`);

    it("an update makes every policy again beside five clients, without a deadlock of theirs and without waiting for itself", async () => {
      await lockPlatform();
      await dropPolicies();
      const traffic = await startTraffic(connectionString());
      const run = await stack().up();
      expectNoHarm(run, await traffic.stop());
      expect(readSummary(run).join()).toMatch(/\d+ updated|\d+ created/);
      expect((await query("select from pg_policy")).length).toBeGreaterThan(40);
      const next = await stack().preview("--expect-no-changes");
      expect(next.exitCode, next.output).toBe(0);
    });

    it("a removal drops every policy the same way", async () => {
      await lockPlatform();
      const traffic = await startTraffic(connectionString());
      const run = await stack().run("destroy", "--yes", "--skip-preview");
      expectNoHarm(run, await traffic.stop());
      expect(await query("select polname from pg_policy")).toEqual([]);
    });
  },
);

function expectNoHarm(run: Run, { milliseconds, errors }: TrafficReport): void {
  expect(run.exitCode, run.output).toBe(0);
  expect(run.output).not.toContain("of this same deployment");
  expect(milliseconds.length).toBeGreaterThan(50);
  // Without a grant, as before the first update and after a removal, the application is refused; nothing else may happen to it.
  expect(errors.filter((error) => !error.startsWith("42501"))).toEqual([]);
}
