import { dirname, join } from "node:path";
import { LocalWorkspace, PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ensureEngine } from "../../../infra/engine/index.ts";
import { TableAccess } from "../../../infra/index.ts";
import { TestStack } from "../../support/stack.ts";
import { startTestServer, type TestServer } from "../../support/test-server.ts";

describe("a program inside another process", () => {
  let server: TestServer | undefined;
  let folder: TestStack;
  beforeAll(async () => {
    server = await startTestServer(17);
    folder = await TestStack.create({ database: await server.createDatabase(), program: "" });
    await folder.sql("create table public.t (id int); alter table public.t owner to postgres");
  });
  afterAll(async () => {
    await folder?.close();
    await server?.stop();
  });

  it("fails where a preview finds an error, and leaves that process its exit code", async () => {
    const engine = await ensureEngine(() => {});
    const run = async (column: string) => {
      const stack = await LocalWorkspace.createOrSelectStack(
        {
          stackName: "test",
          projectName: "palisade",
          program: async () => {
            new TableAccess("t", { table: "public.t", policies: { p: { command: "select", using: `${column} = 1` } } });
          },
        },
        {
          workDir: folder.folder,
          pulumiCommand: await PulumiCommand.get({ root: dirname(engine.directory) }),
          pulumiHome: join(folder.folder, "state", "home"),
          envVars: {
            ...folder.options.environment,
            PULUMI_BACKEND_URL: `file://${join(folder.folder, "state")}?create_dir=true`,
            PULUMI_CONFIG_PASSPHRASE: "",
          },
        },
      );
      return await stack.preview();
    };
    const before = process.exitCode;
    await expect(run("ids")).rejects.toThrow(/column "ids" does not exist/);
    expect(process.exitCode).toBe(before);
    expect((await run("id")).changeSummary).toMatchObject({ create: 2 });
  });
});
