import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCaptured } from "../../../infra/local/child-process.mjs";
import { type Engine, engineEnvironment, ensureEngine } from "../../../infra/local/engine/index.ts";
import { readPulumiArguments } from "../../../infra/local/pulumi-arguments.ts";
import { resolveTarget } from "../../../infra/local/pulumi-target.ts";
import { mergeConfiguration, readProjectIn, readStack, stackFile } from "../../../infra/settings/project.ts";
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
    if (engines === undefined) {
      // What the engine refuses is deployed nowhere; the database must not be started for it either, where it names another.
      if (ours?.isLocal) expect(ours.configuration).not.toHaveProperty(["palisade:connection"]);
      return;
    }
    read.push(name);
    if (ours === undefined) return expect(refusedByUsAlone).toContain(name);
    expect(ours.configuration).toEqual(engines);
    expect(ours.isLocal).toBe(!("palisade:connection" in engines));
  });

  it("are forms that the engine takes, nearly all of them", () => {
    expect(read.length).toBeGreaterThan(Object.keys(forms).length * 0.7);
  });
});

/** The forms that the engine has read. */
const read: string[] = [];

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
