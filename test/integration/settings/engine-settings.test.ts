import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Engine, engineEnvironment, ensureEngine } from "../../../infra/engine/index.ts";
import { readPulumiArguments } from "../../../infra/engine/running/pulumi-arguments.ts";
import { resolveTarget } from "../../../infra/engine/running/pulumi-target.ts";
import { mergeConfiguration, readProjectIn, readStack, stackFile } from "../../../infra/settings/project.ts";
import { runCaptured } from "../../../infra/system/child-process.mjs";
import { type Form, forms } from "./forms.ts";

const project = "name: palisade\nruntime: nodejs\n";

let engine: Engine;
const folders: string[] = [];

beforeAll(async () => {
  engine = await ensureEngine(() => {});
});
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

describe("the settings of a stack", () => {
  it.concurrent.each(Object.entries(forms))("are read as the engine reads them, or refused: %s", async (name, form) => {
    const directory = writeProject(form);
    const engines = await askEngine(directory, form.args ?? []);
    const ours = readOurs(directory, form.args ?? []);
    expect(engines === undefined).toBe(refusedByEngine.has(name));
    if (engines === undefined) {
      // What the engine refuses is deployed nowhere; the database must not be started for it either, where it names another.
      if (ours?.isLocal) expect(ours.configuration).not.toHaveProperty(["palisade:connection"]);
      return;
    }
    if (ours === undefined) return expect(refusedByUsAlone).toContain(name);
    expect(ours.configuration).toEqual(engines);
    expect(ours.isLocal).toBe(!("palisade:connection" in engines));
  });

  it("hold plain words and numbers as the engine takes them", async () => {
    const word = fc
      .string({ unit: fc.constantFrom(..."0123456789abcdefxoXOBE_+-.~"), minLength: 1, maxLength: 7 })
      .filter((text) => text !== "-" && text !== "---");
    const words = [
      ...fc.sample(word, 600),
      // Found by chance, and kept.
      ".5_0",
      ".5__0",
      ".5_",
      "._5",
      ".5e1_0",
      "9e9999",
      "-9e9999",
      "0_7",
      "+0b11",
      "0X1f",
      "0O17",
      "1__0",
      "_1",
      "1e21",
    ];
    const lines = words.map((text, index) => `  a:k${index}: ${text}`);
    const directory = writeProject({ stack: `config:\n${lines.join("\n")}\n` });
    const [engines, ours] = [await askEngine(directory, []), readOurs(directory, [])?.configuration];
    expect(Object.keys(engines ?? {})).toHaveLength(words.length);
    const differing = words.filter((_, index) => engines?.[`a:k${index}`] !== ours?.[`a:k${index}`]);
    expect(differing).toEqual([]);
  });
});

const refusedByEngine: ReadonlySet<string> = new Set([
  "a colon without a space, which is a part of the key",
  "tabs for indentation",
  "a key twice",
  "configuration twice",
  "bad indentation",
  "an alias without an anchor",
  "an open bracket",
  "no UTF-8",
  "a list",
  "a text",
  "a list for the configuration",
  "a key that is a number",
  "the project's declaration without a value",
  "Pulumi.json that is none",
  "another file of another kind",
]);

/** Forms that the engine takes and we don't: nothing is taken for local then, and the error names the file. */
const refusedByUsAlone: readonly string[] = ["a tag of nobody's", "a second document that is no YAML"];

function writeProject(form: Form): string {
  const directory = mkdtempSync(join(tmpdir(), "palisade settings "));
  folders.push(directory);
  const write = (name: string, content: string | Uint8Array) => {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), content);
  };
  const backend = '\nbackend: {url: "file://./.palisade/state?create_dir=true&metadata=skip"}\n';
  const { projectFile = "Pulumi.yaml", project: text = project } = form;
  write(
    projectFile,
    projectFile.endsWith(".json")
      ? text.replace(/\}$/, ',"backend":{"url":"file://./.palisade/state?create_dir=true&metadata=skip"}}')
      : text + backend,
  );
  const content = form.bytes ?? form.stack;
  if (content !== undefined) write(form.stackFile ?? "Pulumi.dev.yaml", content);
  const name = /name"?: ?"?(\w+)/.exec(text)?.[1] ?? "";
  write(
    `.palisade/state/.pulumi/stacks/${name}/dev.json`,
    JSON.stringify({ version: 3, checkpoint: { stack: `organization/${name}/dev`, latest: null } }),
  );
  write(".palisade/state/.pulumi/meta.yaml", "version: 1\n");
  return directory;
}

/** The texts of the configuration as the engine has it, null for secrets and objects; undefined where it refuses the settings. */
async function askEngine(directory: string, args: readonly string[]) {
  const environment = {
    ...engineEnvironment(engine),
    PWD: directory,
    PULUMI_HOME: join(directory, "home"),
    PULUMI_CONFIG_PASSPHRASE: "",
  };
  const command = ["config", "--json", "--stack", "dev", "--non-interactive", ...args];
  const { exitCode, stdout, stderr } = await runCaptured(join(engine.directory, "pulumi"), command, {
    cwd: directory,
    environment,
  });
  if (exitCode !== 0) return undefined;
  const entries = Object.entries(
    JSON.parse(stdout) as Record<string, { value?: string; objectValue?: unknown; secret: boolean }>,
  );
  if (entries.length === 0 && stderr.includes("error")) return undefined;
  return Object.fromEntries(
    entries.map(([key, { value, objectValue, secret }]) => [key, secret || objectValue !== undefined ? null : value]),
  );
}

/** The same as we have it, and whether we take the stack for local. */
function readOurs(directory: string, args: readonly string[]) {
  try {
    const command = readPulumiArguments(["up", ...args]);
    const { isLocal } = resolveTarget(command, { directory, environment: {}, engine });
    const settings = readProjectIn(directory);
    const file = command.configFile === undefined ? stackFile(settings, "dev") : join(directory, command.configFile);
    const configuration = [...mergeConfiguration(settings, readStack(settings, file))].flatMap(([key, value]) =>
      value.kind === "declared" ? [] : [[key, value.kind === "text" ? value.text : null]],
    );
    return { isLocal, configuration: Object.fromEntries(configuration) as Record<string, string | null> };
  } catch (error) {
    if (error instanceof Error && error.name === "SettingsError") return undefined;
    throw error;
  }
}
