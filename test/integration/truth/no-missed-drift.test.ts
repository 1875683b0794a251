import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Server } from "../../../infra/catalog/catalog.ts";
import { kinds } from "../../../infra/kinds/registry.ts";
import type { Major } from "../../../infra/local/index.ts";
import { differences, formatPath, type Properties } from "../../../infra/values/properties.ts";
import type { Declaration } from "../../support/corpus/corpus.ts";
import { writeProgram } from "../../support/corpus/program.ts";
import { readDiagnostics, readOperations } from "../../support/pulumi-output.ts";
import { type Run, TestStack } from "../../support/stack.ts";
import { startTestServer, type TestServer } from "../../support/test-server.ts";
import { deriveMutations, propertiesOf } from "./derived-mutations.ts";
import { DirectProvider, kindOf } from "./direct.ts";
import { handMutations } from "./hand-mutations.ts";
import { commonSetup, samples } from "./samples.ts";

/** A change behind the stack's back to a resource of its own, so that all of them fit into one preview. */
interface Mutation {
  readonly resource: Declaration;
  readonly setup: string;
  /** "Bucket: lifts the size limit" */
  readonly title: string;
  readonly sql: string;
  readonly shown: readonly string[] | "created";
}

describe("the catalogue of changes by hand", () => {
  it.each(samples)("changes every property of $kind that its fields know", async (sample) => {
    const changed = new Set((await deriveMutations(sample, "x", anyServer)).map(({ property }) => property));
    const { identity, byHand = [] } = sample;
    const settings = kindOf(sample.kind).settings ?? [];
    const expected = propertiesOf(sample.kind).filter(
      (property) => ![...identity, ...byHand, ...settings].includes(property),
    );
    expect(expected.filter((property) => !changed.has(property))).toEqual([]);
  });

  it.each(samples)("changes every property that only a live $kind can have", ({ kind, byHand = [] }) => {
    const shown = handMutations.filter((mutation) => mutation.kind === kind).flatMap((mutation) => mutation.shown);
    const changed = shown.flatMap((property) => [property, property.split(/[.[]/)[0] ?? ""]);
    expect((kindOf(kind).liveOnly ?? []).filter((property) => !shown.includes(property))).toEqual([]);
    expect(byHand.filter((property) => !changed.includes(property))).toEqual([]);
  });

  it("knows every kind that has something in the database to change", () => {
    const known = samples.map(({ kind }) => kind);
    expect(kinds.filter((kind) => !kind.execute && !known.includes(kind.name))).toEqual([]);
  });
});

describe.each([18, 17, 15] as const)("everything that can be changed by hand, on PostgreSQL %i", (major: Major) => {
  let server: TestServer | undefined;
  let stack: TestStack;
  let mutations: readonly Mutation[];
  let preview: Run;
  let url: string;

  beforeAll(async () => {
    server = await startTestServer(major);
    const database = await server.createDatabase();
    url = database.url;
    const provider = new DirectProvider(database.url);
    mutations = [...(await derive((await provider.operation.snapshot()).server)), ...byHand()];
    await provider.close();
    stack = await TestStack.create({ database, program: writeProgram(mutations.map(({ resource }) => resource)) });
    await stack.sql("set role postgres");
    await stack.sql([commonSetup, ...mutations.map(({ setup }) => setup)].join(";\n"));
    await stack.sql("reset role");
    expect((await stack.up()).output).toContain(`+ ${mutations.length + 1} created`);
    for (const { title, sql } of mutations) {
      await stack.sql(sql).catch((error: Error) => expect.fail(`${title}: ${error.message}\n${sql}`));
    }
    preview = await stack.preview();
  });
  afterAll(async () => {
    await stack?.close();
    await server?.stop();
  });

  it("is at least 80 changes", () => {
    expect(mutations.length).toBeGreaterThanOrEqual(80);
  });

  it("is named by a plain preview, each with its resource and property", () => {
    const diagnostics = readDiagnostics(preview);
    const operations = readOperations(preview);
    const missed = mutations.flatMap(({ title, resource: { kind, name }, shown }) => {
      const resource = `${kind} ${name}`;
      if (shown === "created") return operations.get(resource) === "create" ? [] : [`${title}: not shown as gone`];
      const lines = diagnostics.get(resource) ?? [];
      return shown
        .filter((property) => !lines.some((line) => line.startsWith(`${property}: `)))
        .map((property) => `${title}: ${property} in ${JSON.stringify(lines)}`);
    });
    expect(missed).toEqual([]);
    expect(preview.exitCode).toBe(0);
  });

  it("is named as well by a stack that knows nothing of it and adopts it, and refused by one that may not", async () => {
    const adopting = new DirectProvider(url, { adopt: true });
    const refusing = new DirectProvider(url);
    const missed: string[] = [];
    for (const { title, resource, shown } of mutations) {
      const { kind: kindName, name, input } = resource;
      if (shown === "created") continue;
      const desired = (await adopting.check(kindName, name, input)) as Properties;
      const kind = kindOf(kindName);
      const live = kind.find(await adopting.operation.snapshot(), kind.identify(desired));
      // Nobody has decided anything about it: what is only added goes without saying.
      if (live === undefined || kind.isUntouched?.(live, desired, adopting.operation)) continue;
      adopting.messages.length = 0;
      await adopting.previewCreate(kindName, name, desired);
      const lines = adopting.messages
        .join("\n")
        .replaceAll(/^\w+: [^:\n]*: /gm, "")
        .split("\n");
      const unnamed = shown.filter((property) => !lines.some((line) => line.startsWith(`${property}: `)));
      missed.push(...unnamed.map((property) => `${title}: ${property} in ${JSON.stringify(lines)}`));
      const checked = (await refusing.check(kindName, name, input)) as Properties;
      const refusal = await refusing.previewCreate(kindName, name, checked).then(
        () => "not refused",
        (error: Error) => error.message,
      );
      if (!refusal.includes("exists already and differs")) missed.push(`${title}: ${refusal}`);
    }
    await adopting.close();
    await refusing.close();
    expect(missed).toEqual([]);
  });

  it("is healed by up, and the next preview is clean", async () => {
    const up = await stack.up();
    expect(up.output.split("\n").filter((line) => line.includes(" error: "))).toEqual([]);
    expect(up.exitCode).toBe(0);
    const { exitCode, output } = await stack.preview("--diff", "--expect-no-changes");
    expect(output.split("\n").filter((line) => line.includes(" update]"))).toEqual([]);
    expect(output).toContain(`${mutations.length + 1} unchanged`);
    expect(exitCode).toBe(0);
  });
});

/** What the fields give: each other declaration, planned by the kind itself and run behind the stack's back. */
async function derive(server: Server): Promise<Mutation[]> {
  const found: Mutation[] = [];
  for (const sample of samples) {
    const { length } = await deriveMutations(sample, "x", server);
    for (let index = 0; index < length; index++) {
      const key = `${sample.kind.toLowerCase()}_${index}`;
      const mutation = (await deriveMutations(sample, key, server))[index];
      if (mutation === undefined) continue;
      const { title, declared, changed } = mutation;
      found.push({
        resource: { kind: sample.kind, name: `derived_${key}`, input: sample.input(key) },
        setup: sample.setup(key),
        title: `${sample.kind}: ${title}`,
        sql: kindOf(sample.kind).plan(declared, changed, server).join(";\n"),
        shown: differences(changed, declared).map(({ path }) => formatPath(path)),
      });
    }
  }
  return found;
}

const anyServer: Server = { version: 170_000, user: "postgres", isSuperuser: false, actsAs: [] };

function byHand(): Mutation[] {
  return handMutations.map(({ kind, title, sql, shown }, index) => {
    const sample = samples.find((candidate) => candidate.kind === kind);
    if (!sample) throw new Error(`there is no sample of ${kind}`);
    const key = `hand_${index}`;
    return {
      resource: { kind, name: key, input: sample.input(key) },
      setup: sample.setup(key),
      title: `${kind}: ${title}`,
      sql: sql(key),
      shown: shown === "created" ? shown : shown.map((property) => property.replaceAll("$p", `drift_${key}`)),
    };
  });
}
