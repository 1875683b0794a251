import { expect, it } from "vitest";
import { describeDeployment, rowVersions } from "../../support/application.ts";
import { readDiagnostics, readOperations, readSummary } from "../../support/pulumi-output.ts";

// On one version the engine starts the provider itself, as for every user; on the other it runs inside the test, where coverage sees it.
const options = (major: number) => ({ ownProcess: major === 15 });

describeDeployment(
  "the first deployment",
  (stack) => {
    it("is previewed on an empty database, which stays empty", async () => {
      const run = await stack().preview();
      expect(run.exitCode, run.output).toBe(0);
      expect(readSummary(run)).toEqual([expect.stringMatching(/^\+ \d+ to create$/)]);
      const kinds = [...readOperations(run).keys()].map((resource) => resource.split(" ")[0]);
      expect(new Set(kinds)).toEqual(
        new Set([
          "Schema",
          "TableAccess",
          "Policy",
          "ExclusivePolicies",
          "Function",
          "Publication",
          "Bucket",
          "Migrations",
          "Perimeter",
        ]),
      );
      expect(await stack().sql(objectsMade)).toEqual([]);
      expect(run.output).not.toMatch(/permission denied|pg_temp/);
      expect(readDiagnostics(run).get("Migrations migrations")).toEqual([
        "applies 20260105090000_baseline, 20260112090000_add_notification_model, 20260119090000_harden_tenancy",
      ]);
    });

    it("makes everything at once", async () => {
      const run = await stack().up();
      expect(run.exitCode, run.output).toBe(0);
      expect(readSummary(run)).toEqual([expect.stringMatching(/^\+ \d+ created$/)]);
      expect((await stack().sql(objectsMade)).map((row) => row.kind)).toEqual(
        expect.arrayContaining(["bucket", "function", "policy", "published", "schema", "table"]),
      );
    });

    it("leaves nothing to change for a second preview, a second up and a refresh, and no row of the catalog is written again", async () => {
      const written = await stack().sql(rowVersions);
      const preview = await stack().preview("--expect-no-changes");
      expect(preview.exitCode, preview.output).toBe(0);
      expect(readSummary(preview)).toEqual([expect.stringMatching(/^\d+ unchanged$/)]);
      expect([...readDiagnostics(preview)]).toEqual([]);
      const up = await stack().up("--expect-no-changes");
      expect(up.exitCode, up.output).toBe(0);
      expect(readSummary(up)).toEqual(readSummary(preview));
      expect(readOperations(up).size).toBe(0);
      const refresh = await stack().run("refresh", "--yes", "--skip-preview", "--expect-no-changes");
      expect(refresh.exitCode, refresh.output).toBe(0);
      expect(readSummary(refresh)).toEqual(readSummary(preview));
      expect(await stack().sql(rowVersions)).toEqual(written);
    });

    it("keeps no connection string and no password in state or output", async () => {
      const state = await stack().run("stack", "export");
      expect(state.exitCode, state.output).toBe(0);
      expect(state.output).toContain("public.tasks");
      expect(state.output).not.toMatch(/postgres(ql)?:\/\//);
    });
  },
  options,
  [18, 17, 15],
);

/** What is in the database beside what every hosted project has. */
const objectsMade = `
  select 'schema' as kind from pg_namespace where nspname = 'private'
  union all select 'table' from pg_class where relnamespace = 'public'::regnamespace
  union all select 'function' from pg_proc p join pg_namespace n on n.oid = pronamespace where nspname in ('public', 'private')
  union all select 'policy' from pg_policy
  union all select 'published' from pg_publication_rel
  union all select 'bucket' from storage.buckets`;
