import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { projectDirectory } from "../../infra/settings/project-folder.ts";
import { TestStack } from "../support/stack.ts";
import { startTestServer, type TestServer } from "../support/test-server.ts";

const pack = ["--policy-pack", join(projectDirectory, "policies")];

describe("The policy pack, run by the engine", () => {
  let server: TestServer;
  let stack: TestStack;
  beforeAll(async () => {
    server = await startTestServer(17);
    stack = await TestStack.create({
      database: await server.createDatabase(),
      program: `import { Bucket } from "pulumi-palisade"; new Bucket("files", { fileSizeLimit: "1MB", allowedMimeTypes: ["image/png"] });`,
    });
  });
  afterAll(async () => {
    await stack?.close();
    await server?.stop();
  });

  it("lets a good declaration through", async () => {
    const { exitCode, output } = await stack.preview(...pack);
    expect(output).toContain("✅ palisade@");
    expect(exitCode).toBe(0);
  });

  it("fails the preview of one that breaks a mandatory rule, and names rule and resource", async () => {
    stack.write(`import { Policy } from "pulumi-palisade";
      new Policy("anyone", { table: "storage.objects", command: "insert", roles: ["anon"], withCheck: "true" });`);
    const { exitCode, output } = await stack.preview(...pack);
    expect(exitCode).not.toBe(0);
    expect(output).toMatch(/\[mandatory\] +no-write-policy-is-always-true +\(palisade:index:Policy: anyone\)/);
  });
});
