import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { proveProgram } from "../../infra/cli/preview/prove-program.ts";
import { TestStack } from "../support/stack.ts";
import { startTestServer, type TestServer } from "../support/test-server.ts";

/** A resource of another provider, which writes a file where it is made. */
const outside = (file: string) => `
  import * as pulumi from "@pulumi/pulumi";
  class Outside extends pulumi.dynamic.Resource {
    constructor(name: string) {
      super({ async create() { process.getBuiltinModule("node:fs").writeFileSync(${JSON.stringify(file)}, ""); return { id: "1" }; } }, name, {});
    }
  }`;

describe("a program that is proven before an update", () => {
  let server: TestServer;
  let stack: TestStack;
  let file: string;
  beforeAll(async () => {
    server = await startTestServer(17);
    stack = await TestStack.create({ database: await server.createDatabase(), program: "", ownProcess: true });
    await stack.sql(`set role postgres; create table public.notes (id int primary key, owner_id uuid not null references auth.users (id));
      alter table public.notes enable row level security`);
    file = join(stack.folder, "made in earnest");
    writeFileSync(
      join(stack.folder, "verify.ts"),
      'import { defineVerification } from "pulumi-palisade/verify";\nexport const verification = defineVerification({ people: {} });\n',
    );
  });
  afterAll(async () => {
    await stack?.close();
    await server?.stop();
  });

  const prove = async (program: string) => {
    stack.write(`${outside(file)}\nimport { Schema } from "pulumi-palisade";\nnew Schema("own");\n${program}`);
    const told: string[] = [];
    vi.spyOn(console, "error").mockImplementation((line: string) => void told.push(line));
    const { directory, stateDirectory } = stack.options;
    try {
      const exitCode = await proveProgram(["--stack", "test"], {
        ...{ directory, stateDirectory },
        print: (text) => void told.push(text),
      });
      return { exitCode, told: told.join("\n") };
    } finally {
      vi.restoreAllMocks();
    }
  };

  it("is proven where it is about databases alone", async () => {
    const { exitCode, told } = await prove("");
    expect([exitCode, told]).toEqual([0, expect.stringContaining("0 not as expected")]);
  });

  it("is refused where it makes something else, and nothing is made", async () => {
    await expect(prove('new Outside("one");')).rejects.toThrow(
      "--verify deploys the program on a scratch database, and that would in earnest deploy what is not in a database: pulumi-nodejs:dynamic:Resource one",
    );
    expect(existsSync(file)).toBe(false);
  });

  it("is stopped where it makes something else that its preview did not show, and nothing is made", async () => {
    const { exitCode, told } = await prove('if (!pulumi.runtime.isDryRun()) new Outside("hidden");');
    expect([exitCode, told]).toEqual([
      1,
      expect.stringContaining("pulumi-nodejs:dynamic:Resource hidden, which no preview has shown"),
    ]);
    expect(existsSync(file)).toBe(false);
  });
});
