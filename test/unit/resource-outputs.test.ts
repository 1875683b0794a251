import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import * as palisade from "../../infra/index.ts";
import { kindNamed, kinds } from "../../infra/kinds/registry.ts";
import { classNameOf } from "../../infra/lifecycle/adoptable.ts";
import type { Kind } from "../../infra/lifecycle/kind.ts";
import { normalise } from "../../infra/lifecycle/normalise.ts";
import type { Operation } from "../../infra/lifecycle/operation.ts";
import { projectDirectory } from "../../infra/settings/project-folder.ts";
import type { Properties } from "../../infra/values/properties.ts";
import { kindOfToken } from "../../infra/values/urn.ts";
import { unconnectedContext } from "../integration/truth/direct.ts";
import { folderOf, samples } from "../kinds/index.ts";
import { createTestFolder } from "../support/folder.ts";

describe("an output that a resource's class declares", () => {
  it("has a value after the resource is created, also where the program leaves its argument to the default", async () => {
    const folder = createTestFolder();
    for (const { files = {} } of samples) writeFiles(folder, files);
    await pulumi.runtime.setMocks({
      newResource: async ({ type, name, inputs }) => {
        const kind = kindNamed(kindOfToken(type) ?? "") as Kind;
        return { id: name, state: await createdBy(kind, name, inputs, folder) };
      },
      call: ({ inputs }) => inputs,
    });
    const names = kinds.flatMap((kind) => outputsOf(kind).map((output) => `${kind.name}.${output}`));
    const declared = names.map((name) => [name, declareFor(name)] as const);
    const values = await Promise.all(declared.map(async ([name, output]) => [name, await awaitValue(output)] as const));
    expect(names.length).toBeGreaterThan(kinds.length - 2);
    expect(values.filter(([, value]) => value === undefined).map(([name]) => name)).toEqual([]);
    expect(values).toContainEqual(["DefaultPrivileges.owner", "postgres"]);
  });
});

/** That output of a resource as in the kind's sample, without the argument of this name if a program may leave it out. */
function declareFor(name: string): unknown {
  const [kindName = "", output = ""] = name.split(".");
  const kind = kindNamed(kindName) as Kind;
  const { [output]: given, ...others } = samples.find((each) => each.kind === kindName)?.input("outputs") ?? {};
  const isOptional = z.toJSONSchema(kind.input, { io: "input" }).required?.includes(output) !== true;
  const mayBeLeftOut = isOptional || (output === "name" && kind.isNamedAfterResource);
  const classes = palisade as unknown as Readonly<Record<string, new (name: string, args: object) => pulumi.Resource>>;
  const Declared = classes[classNameOf(kind)];
  if (Declared === undefined) throw new Error(`the package exports no class of ${kindName}`);
  const resource = new Declared(name, mayBeLeftOut ? others : { ...others, [output]: given });
  return (resource as unknown as Readonly<Record<string, unknown>>)[output];
}

/** Undefined also for a property that is no output: the SDK makes one only of a property that the class passes on. */
function awaitValue(output: unknown): Promise<unknown> {
  return new Promise((resolve) => (pulumi.Output.isInstance(output) ? output.apply(resolve) : resolve(undefined)));
}

/** What the provider's Create answers with: the declaration in normal form. */
async function createdBy(kind: Kind, name: string, inputs: Properties, folder: string): Promise<Properties> {
  const own = Object.entries(inputs).filter(([key]) => !key.startsWith("__"));
  // Of a database without a record of migrations.
  const operation = { options: { projectDirectory: folder }, snapshot: async () => ({ of: () => undefined }) };
  const context = { ...unconnectedContext(), operation: operation as unknown as Operation };
  const created = await normalise(kind, Object.fromEntries(own), context, name);
  return Array.isArray(created) ? {} : (created as Properties);
}

/** The properties that a kind's class declares, such as `declare readonly name: pulumi.Output<string>`. */
function outputsOf(kind: Kind): readonly string[] {
  const text = readFileSync(join(projectDirectory, `infra/kinds/${folderOf(kind.name)}/resource.ts`), "utf8");
  const source = ts.createSourceFile("resource.ts", text, ts.ScriptTarget.Latest);
  const declared = source.statements
    .filter(ts.isClassDeclaration)
    .find(({ name }) => name?.text === classNameOf(kind))
    ?.members.filter(ts.isPropertyDeclaration);
  if (declared === undefined) throw new Error(`infra/kinds/${folderOf(kind.name)}/resource.ts has no class of it`);
  return declared.map(({ name }) => name.getText(source));
}

function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}
