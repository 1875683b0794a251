import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readDeclaredStack } from "../../../infra/contract/declared-stack.ts";
import type { Properties } from "../../../infra/values/properties.ts";
import { objectSamples, samples, sharedSetup } from "../../kinds/index.ts";
import { AdoptedProject } from "../../support/adopted-project.ts";
import type { Run } from "../../support/stack.ts";
import { startTestServer, type TestServer } from "../../support/test-server.ts";
import { DirectProvider, kindOf } from "../truth/direct.ts";

describe("a database with one object of every kind, made by somebody else", () => {
  let server: TestServer;
  let project: AdoptedProject;
  let adopted: Run;
  /** What the adopted program's resources own. */
  const claims = new Set<string>();
  /** The normal form of what each sample made, by kind. */
  const made = new Map<string, Properties>();

  beforeAll(async () => {
    server = await startTestServer(17);
    const keyOf = (kind: string) => `adopted_${kind.toLowerCase()}`;
    const setups = objectSamples.map(({ kind, setup }) => setup?.(keyOf(kind)));
    project = await AdoptedProject.create(
      server,
      "",
      ["set role postgres", sharedSetup, ...setups.filter((setup) => setup !== undefined), "reset role"].join(";\n"),
    );
    for (const [file, text] of samples.flatMap(({ files = {} }) => Object.entries(files))) {
      mkdirSync(dirname(join(project.folder, file)), { recursive: true });
      writeFileSync(join(project.folder, file), text);
    }
    const maker = new DirectProvider(project.database.url, { projectDirectory: project.folder, adopt: true });
    for (const { kind, input } of objectSamples) {
      const args = (await maker.check(kind, keyOf(kind), input(keyOf(kind)))) as Properties;
      expect(Array.isArray(args), JSON.stringify(args)).toBe(false);
      await maker.create(kind, keyOf(kind), args);
      made.set(kind, args);
    }
    await maker.close();
    adopted = await project.adopt();
    const reader = new DirectProvider(project.database.url, { projectDirectory: project.folder });
    for (const { type, name, inputs } of await readDeclaredStack({ directory: project.folder, stack: "test" })) {
      const kind = type.split(":").at(-1) ?? "";
      const args = await reader.check(kind, name, inputs);
      for (const { on } of Array.isArray(args) ? [] : kindOf(kind).claims(args as Properties)) claims.add(on);
    }
    await reader.close();
  });
  afterAll(async () => {
    await project?.close();
    await server?.stop();
  });

  it("is adopted without a difference", () => {
    expect(adopted.exitCode, adopted.output).toBe(0);
    expect(adopted.output).toMatch(/^0 differences /m);
  });

  it.each(objectSamples)("is declared with what the sample of $kind made", ({ kind }) => {
    const [claim] = kindOf(kind).claims(made.get(kind) ?? {});
    expect(
      [claim?.on, ...(claim?.conflictsWith ?? [])].filter((on) => on !== undefined && claims.has(on)),
      adopted.output,
    ).not.toEqual([]);
  });

  it("has a program for every kind that is in the database", () => {
    const without = samples.filter(({ kind }) => kindOf(kind).adoptable === undefined).map(({ kind }) => kind);
    expect(without).toEqual(["Perimeter"]);
  });
});
