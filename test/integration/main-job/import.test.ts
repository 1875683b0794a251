import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeApplication, rowVersions } from "../../support/application.ts";
import { readDiagnostics, readOperations, readSummary } from "../../support/pulumi-output.ts";
import type { TestStack } from "../../support/stack.ts";

/** One of each kind, by the id that finds it. */
const resources = [
  { type: "palisade:index:Schema", name: "private", id: "private" },
  { type: "palisade:index:TableAccess", name: "notifications", id: "public.notifications" },
  { type: "palisade:index:Policy", name: "avatars_select", id: "storage.objects/avatars_select" },
  { type: "palisade:index:ExclusivePolicies", name: "storage.objects", id: "storage.objects" },
  { type: "palisade:index:Function", name: "is_organization_member", id: "private.is_organization_member(text)" },
  { type: "palisade:index:Publication", name: "supabase_realtime", id: "supabase_realtime" },
  { type: "palisade:index:Bucket", name: "attachments", id: "attachments" },
  { type: "palisade:index:Migrations", name: "migrations", id: "prisma" },
];

/** Declares what is imported, as the live database has it. */
const program = `
  import { readFileSync } from "node:fs";
  import { Bucket, DatabaseFunction, ExclusivePolicies, Migrations, Policy, Publication, Schema, TableAccess } from "palisade";

  new Migrations("migrations");
  new Schema("private");
  new DatabaseFunction("is_organization_member", {
    definition: readFileSync("sql/functions/is_organization_member.sql", "utf8"),
    execute: ["authenticated"],
  });
  const mine = "user_id = (select private.current_user_id()) and organization_id = any (array(select private.current_organization_ids()))";
  const roles = ["authenticated"];
  new TableAccess("notifications", {
    table: "public.notifications",
    policies: {
      notifications_select: { command: "select", roles, using: mine },
      notifications_insert: { command: "insert", roles, withCheck: mine },
      notifications_update: { command: "update", roles, using: mine, withCheck: mine },
      notifications_delete: { command: "delete", roles, using: mine },
    },
    grants: {
      authenticated: { select: true, update: ["read"], delete: true },
      service_role: ["select", "insert", "update", "delete"],
    },
  });
  new Policy("avatars_select", {
    table: "storage.objects", command: "select", roles,
    using: "bucket_id = 'avatars' and (storage.foldername(name))[1] = (select private.current_user_id())",
  });
  new ExclusivePolicies("storage.objects", {
    table: "storage.objects",
    policies: ["attachments", "avatars", "public-assets"].flatMap((bucket) =>
      ["select", "insert", "update", "delete", "stays"].map((rest) => bucket + "_" + rest)),
  });
  new Publication("supabase_realtime", { tables: ["public.tasks", "public.customers", "public.projects", "public.notifications"] });
  new Bucket("attachments", {
    fileSizeLimit: "50MB",
    allowedMimeTypes: [
      "image/png", "image/jpeg", "image/webp", "image/gif", "application/pdf", "text/plain", "text/csv", "application/zip",
      "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
      "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
      "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ],
  });`;

describeApplication("a database that another stack knows nothing of", ({ stack, openStack }) => {
  let fresh: TestStack;
  beforeAll(async () => {
    fresh = await openStack({ program });
  });
  afterAll(async () => {
    await fresh?.close();
  });
  const importAll = async (list: readonly object[]) => {
    writeFileSync(join(fresh.folder, "import.json"), JSON.stringify({ resources: list }));
    return await fresh.run("import", "--file", "import.json", "--yes", "--protect=false", "--generate-code=false");
  };

  it("refuses an id that is not of the kind's form, or names nothing, and imports nothing then", async () => {
    for (const { type, id, says } of [
      { type: "palisade:index:Policy", id: "avatars_select", says: "is no policy's id" },
      { type: "palisade:index:Function", id: "is_organization_member", says: "is no function's id" },
      { type: "palisade:index:TableAccess", id: "public.unknown", says: "does not exist" },
      { type: "palisade:index:Bucket", id: "unknown", says: "does not exist" },
    ]) {
      const run = await importAll([{ type, name: "wrong", id }]);
      expect(run.exitCode, run.output).not.toBe(0);
      expect(run.output).toContain(says);
    }
  });

  it("is imported, one of each kind", async () => {
    const run = await importAll(resources);
    expect(run.exitCode, run.output).toBe(0);
    expect(readSummary(run)).toEqual(expect.arrayContaining([`= ${resources.length} imported`]));
    const state = JSON.parse((await fresh.run("stack", "export")).output) as {
      deployment: { resources: { type: string; id?: string; inputs?: object }[] };
    };
    const inputs = new Map(state.deployment.resources.map((resource) => [resource.type, resource.inputs]));
    expect(inputs.get("palisade:index:TableAccess")).toMatchObject({
      table: "public.notifications",
      rowSecurity: true,
      policies: { notifications_delete: { command: "delete", roles: ["authenticated"] } },
      grants: { authenticated: { update: ["read"] } },
    });
    expect(inputs.get("palisade:index:ExclusivePolicies")).toMatchObject({
      table: "storage.objects",
      policies: { "public-assets_delete": true, avatars_select: true },
    });
    expect(inputs.get("palisade:index:Bucket")).toMatchObject({ public: false, fileSizeLimit: 50_000_000 });
    expect(inputs.get("palisade:index:Publication")).toMatchObject({
      tables: { "public.customers": {}, "public.notifications": {}, "public.projects": {}, "public.tasks": {} },
    });
  });

  it("differs in nothing from a program that declares the same, in whatever words", async () => {
    const preview = await fresh.preview("--expect-no-changes");
    expect(preview.exitCode, preview.output).toBe(0);
    expect([...readDiagnostics(preview)]).toEqual([]);
  });

  it("takes on the program's words with the next up, without a statement", async () => {
    const before = await stack().sql(rowVersions);
    const up = await fresh.up("--expect-no-changes");
    expect(up.exitCode, up.output).toBe(0);
    expect(await stack().sql(rowVersions)).toEqual(before);
    const state = await fresh.run("stack", "export");
    expect(state.output).toContain("user_id = (select private.current_user_id()) and organization_id = any");
  });

  it("is adopted whole by the program that made it, without a statement", async () => {
    const adopting = await openStack();
    try {
      const before = await stack().sql(rowVersions);
      const shown = await adopting.preview();
      expect(shown.exitCode, shown.output).toBe(0);
      const lines = [...readDiagnostics(shown).values()].flat();
      const adopted = lines.filter((line) => /^adopts .* unchanged: nothing is executed$/.test(line)).length;
      expect(adopted).toBe(readOperations(shown).size);
      expect(lines.filter((line) => line.startsWith(`${adopted} resources of those to create are `))).toHaveLength(1);
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
