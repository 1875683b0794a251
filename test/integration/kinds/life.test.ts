import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Server } from "../../../infra/catalog/catalog.ts";
import type { Major } from "../../../infra/local/index.ts";
import { packageSchema } from "../../../infra/provider/schema.ts";
import { differences, formatPath, type Properties } from "../../../infra/values/properties.ts";
import { objectSamples, samples, sharedSetup } from "../../kinds/index.ts";
import type { Declaration } from "../../support/corpus/corpus.ts";
import { writeProgram } from "../../support/corpus/program.ts";
import { Examples } from "../../support/examples.ts";
import { fingerprint } from "../../support/fingerprint.ts";
import { readDiagnostics, readOperations, readSummary } from "../../support/pulumi-output.ts";
import { type Run, TestStack } from "../../support/stack.ts";
import { startTestServer, type TestDatabase, type TestServer } from "../../support/test-server.ts";
import { DirectProvider, kindOf } from "../truth/direct.ts";
import { deriveDrifts, propertiesOf } from "./derived-drifts.ts";

/** A change behind the stack's back to a resource of its own, so that all of them fit into one preview. */
interface Mutation {
  readonly resource: Declaration;
  readonly setup: string | undefined;
  /** "Bucket: lifts the size limit" */
  readonly title: string;
  readonly sql: string;
  readonly shown: readonly string[] | "created";
}

describe("the catalogue of changes by hand", () => {
  it.each(samples)("changes every property of $kind that its fields know", async (sample) => {
    const changed = new Set((await deriveDrifts(sample, "x", anyServer)).map(({ property }) => property));
    const { identity, byHand = [] } = sample;
    const settings = kindOf(sample.kind).settings ?? [];
    const expected = propertiesOf(sample.kind).filter(
      (property) => ![...identity, ...byHand, ...settings].includes(property),
    );
    expect(expected.filter((property) => !changed.has(property))).toEqual([]);
  });

  it.each(samples)(
    "changes every property that only a live $kind can have, and drops it",
    ({ kind, byHand = [], drifts }) => {
      const shown = drifts.flatMap((drift) => (drift.shown === "created" ? [] : drift.shown));
      const changed = shown.flatMap((property) => [
        property,
        property.split(/[.[]/)[0] ?? "",
        property.replaceAll(/\["[^\]]*"\]/g, ".*"),
      ]);
      const tested = kindOf(kind).execute ? [] : (kindOf(kind).liveOnly ?? []);
      expect(tested.filter((property) => !shown.includes(property))).toEqual([]);
      expect(byHand.filter((property) => !changed.includes(property))).toEqual([]);
      expect(drifts.length > 0).toBe(kindOf(kind).derive === undefined);
    },
  );
});

describe.each([18, 17, 15] as const)(
  "one of every kind for everything that can be changed by hand, on PostgreSQL %i",
  (major: Major) => {
    let server: TestServer | undefined;
    let database: TestDatabase;
    let stack: TestStack;
    let administrator: pg.Client;
    let mutations: readonly Mutation[];
    /** One of each kind that nobody changes. */
    let untouched: readonly Declaration[];
    let declarations: readonly Declaration[];
    let preview: Run;

    beforeAll(async () => {
      server = await startTestServer(major);
      database = await server.createDatabase();
      administrator = new pg.Client(database.superuserUrl);
      await administrator.connect();
      const provider = new DirectProvider(database.url);
      mutations = [...(await derive((await provider.operation.snapshot()).server)), ...byHand(major)];
      await provider.close();
      untouched = objectSamples.map(({ kind, input }) => ({
        kind,
        name: `untouched_${kind}`,
        input: input(`untouched_${kind.toLowerCase()}`),
      }));
      declarations = [...mutations.map(({ resource }) => resource), ...untouched];
      stack = await openStack(declarations);
      const setups = [
        ...mutations.map(({ setup }) => setup),
        ...objectSamples.map(({ kind, setup }) => setup?.(`untouched_${kind.toLowerCase()}`)),
      ];
      await stack.sql("set role postgres");
      await stack.sql([sharedSetup, ...setups.filter((setup) => setup !== undefined)].join(";\n"));
      await stack.sql("reset role");
      expect((await stack.up()).output).toContain(`+ ${declarations.length + 1} created`);
      for (const { title, sql } of mutations) {
        await stack.sql(sql).catch((error: Error) => expect.fail(`${title}: ${error.message}\n${sql}`));
      }
      preview = await stack.preview();
    });
    afterAll(async () => {
      await administrator?.end();
      await stack?.close();
      await server?.stop();
    });

    async function openStack(list: readonly Declaration[]): Promise<TestStack> {
      const opened = await TestStack.create({ database, program: writeProgram(list) });
      for (const [file, text] of samples.flatMap(({ files = {} }) => Object.entries(files))) {
        mkdirSync(dirname(join(opened.folder, file)), { recursive: true });
        writeFileSync(join(opened.folder, file), text);
      }
      return opened;
    }

    it("is named by a plain preview, each with its resource and property, and nothing beside it", () => {
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
      expect(untouched.filter(({ kind, name }) => operations.has(`${kind} ${name}`))).toEqual([]);
      expect(preview.exitCode).toBe(0);
    });

    it("is named as well by a stack that knows nothing of it and adopts it, and refused by one that may not", async () => {
      const options = { projectDirectory: stack.folder };
      const adopting = new DirectProvider(database.url, { ...options, adopt: true });
      const refusing = new DirectProvider(database.url, options);
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

    it("is healed by up", async () => {
      const up = await stack.up();
      expect(up.output.split("\n").filter((line) => line.includes(" error: "))).toEqual([]);
      expect(up.exitCode).toBe(0);
    });

    it("differs in nothing then: a second up changes nothing, and writes nothing", async () => {
      const { output } = await leaveUnwritten(() => stack.up("--expect-no-changes"));
      expect(output).toContain(`${declarations.length + 1} unchanged`);
    });

    // What follows is the engine's and ours, and reads what the tests before have compared on every version.
    describe.runIf(major === 17)("and afterwards", () => {
      it("is imported by its id, into a stack whose program then differs in nothing", async () => {
        const importing = await openStack(untouched);
        try {
          const resources = await identify(untouched);
          writeFileSync(join(importing.folder, "import.json"), JSON.stringify({ resources }));
          const imported = await leaveUnwritten(() =>
            importing.run("import", "--file", "import.json", "--yes", "--protect=false", "--generate-code=false"),
          );
          expect(readSummary(imported)).toEqual(expect.arrayContaining([`= ${untouched.length} imported`]));
          const code = writeAsEngine((await importing.run("stack", "export")).output);
          expect(code).toHaveLength(untouched.length);
          expect(new Examples().errorsIn(code)).toEqual([]);
          await leaveUnwritten(() => importing.up("--expect-no-changes"));
          importing.write(
            `import * as palisade from "pulumi-palisade";\n${code.map(({ text }) => text.replace("new ", "new palisade.")).join("\n")}`,
          );
          await leaveUnwritten(() => importing.preview("--expect-no-changes"));
        } finally {
          await importing.close();
        }
      });

      it("is adopted as it is by a stack that knows nothing of it", async () => {
        const adopting = await openStack(untouched);
        try {
          const up = await leaveUnwritten(() => adopting.up());
          expect(readSummary(up)).toEqual([`+ ${untouched.length + 1} created`]);
        } finally {
          await adopting.close();
        }
      });

      it("goes with the stack, except for what the kind says that it leaves", async () => {
        const ids = await identify(declarations);
        const destroyed = await stack.run("destroy", "--yes", "--skip-preview");
        expect(destroyed.exitCode, destroyed.output).toBe(0);
        const provider = new DirectProvider(database.url);
        const catalog = await provider.operation.snapshot();
        await provider.close();
        const left = (of: string) =>
          ids
            .filter(({ kind }) => kind === of)
            .map(({ kind, name, id }) => ({ name, live: kindOf(kind).find(catalog, id) }));
        for (const { kind, leaves } of samples) {
          if (leaves === undefined) expect(left(kind).filter(({ live }) => live !== undefined)).toEqual([]);
          else expect(left(kind).at(-1)).toMatchObject({ live: leaves });
        }
      });
    });

    async function leaveUnwritten(work: () => Promise<Run>): Promise<Run> {
      const before = await fingerprint(administrator);
      const run = await work();
      expect(run.exitCode, run.output).toBe(0);
      expect(await fingerprint(administrator)).toBe(before);
      return run;
    }

    async function identify(
      list: readonly Declaration[],
    ): Promise<{ type: string; kind: string; name: string; id: string }[]> {
      const provider = new DirectProvider(database.url, { projectDirectory: stack.folder });
      const found: { type: string; kind: string; name: string; id: string }[] = [];
      for (const { kind, name, input } of list) {
        const id = kindOf(kind).identify((await provider.check(kind, name, input)) as Properties);
        found.push({ type: `palisade:index:${kind}`, kind, name, id });
      }
      await provider.close();
      return found;
    }
  },
);

interface Input {
  readonly inputProperties: Readonly<Record<string, unknown>>;
}

/** What the engine's own code generator for TypeScript writes of imported resources: their inputs as they are, by the names of their types. */
function writeAsEngine(exported: string): readonly { readonly name: string; readonly text: string }[] {
  const { deployment } = JSON.parse(exported.slice(exported.indexOf("{"), exported.lastIndexOf("}") + 1)) as {
    deployment: { resources: { type: string; urn: string; inputs?: Properties }[] };
  };
  return deployment.resources.flatMap(({ type, urn, inputs }) => {
    const [, name] = /^palisade:index:(\w+)$/.exec(type) ?? [];
    if (name === undefined) return [];
    const resource = JSON.stringify(urn.split("::").at(-1));
    const known = Object.keys(
      (packageSchema().resources as Readonly<Record<string, Input>>)[type]?.inputProperties ?? {},
    );
    const args = JSON.stringify(Object.fromEntries(known.map((key) => [key, inputs?.[key]])));
    return [{ name, text: `new ${name}(${resource}, ${args}, { protect: false });` }];
  });
}

/** What the fields give: each other declaration, planned by the kind itself and run behind the stack's back. */
async function derive(server: Server): Promise<Mutation[]> {
  const found: Mutation[] = [];
  for (const sample of samples) {
    const { length } = await deriveDrifts(sample, "x", server);
    for (let index = 0; index < length; index++) {
      const key = `${sample.kind.toLowerCase()}_${index}`;
      const drift = (await deriveDrifts(sample, key, server))[index];
      if (drift === undefined) continue;
      const { title, declared, changed } = drift;
      found.push({
        resource: { kind: sample.kind, name: `derived_${key}`, input: sample.input(key) },
        setup: sample.setup?.(key),
        title: `${sample.kind}: ${title}`,
        sql: [
          `set role ${sample.changedBy ?? "supabase_admin"}`,
          ...kindOf(sample.kind).plan(declared, changed, server),
          "reset role",
        ].join(";\n"),
        shown: differences(changed, declared).map(({ path }) => formatPath(path)),
      });
    }
  }
  return found;
}

const anyServer: Server = { version: 170_000, user: "postgres", isSuperuser: false, actsAs: [] };

function byHand(major: Major): Mutation[] {
  return samples.flatMap(({ kind, drifts, input, setup }) =>
    drifts
      .filter(({ from = major }) => from <= major)
      .map(({ title, sql, shown }, index) => {
        const key = `${kind.toLowerCase()}_hand_${index}`;
        return {
          resource: { kind, name: key, input: input(key) },
          setup: setup?.(key),
          title: `${kind}: ${title}`,
          sql: sql(key),
          shown: shown === "created" ? shown : shown.map((property) => property.replaceAll("$p", `drift_${key}`)),
        };
      }),
  );
}
