import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Engine } from "../../infra/engine/index.ts";
import { readPulumiArguments } from "../../infra/engine/running/pulumi-arguments.ts";
import { resolveTarget, type TargetOptions } from "../../infra/engine/running/pulumi-target.ts";
import { createTestFolder } from "../support/folder.ts";

const built: Engine = { version: "3.220.0", origin: "built", directory: "/cache/bin" };
const installed: Engine = { ...built, origin: "installed" };

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function createProject(backend = "file://./.palisade/state?create_dir=true"): string {
  const folder = createTestFolder();
  write(join(folder, "Pulumi.yaml"), `name: example\nbackend:\n  url: ${backend}\nruntime: nodejs\n`);
  write(join(folder, "Pulumi.prod.yaml"), "config:\n  palisade:connection: DIRECT_URL # the name\n");
  return folder;
}

function resolve(line: string, directory: string, options: Partial<TargetOptions> = {}) {
  return resolveTarget(readPulumiArguments(line.split(" ")), { directory, environment: {}, engine: built, ...options });
}

function selectStack(directory: string, home: string, stack: string): void {
  const hash = createHash("sha1").update(join(directory, "Pulumi.yaml")).digest("hex");
  write(join(home, "workspaces", `example-${hash}-workspace.json`), JSON.stringify({ stack }));
}

describe("where a command leads", () => {
  it("is the local stack, its state and the project's own folders when nothing else was chosen", () => {
    const directory = createProject();
    expect(resolve("up", directory)).toMatchObject({
      stack: "dev",
      isKnown: false,
      isLocal: true,
      connection: { kind: "none" },
      backendUrl: undefined,
      ownState: join(directory, ".palisade", "state"),
      home: join(directory, ".palisade", "pulumi"),
    });
  });

  it("is the stack named by the arguments, then by the environment, then the selected one", () => {
    const directory = createProject();
    selectStack(directory, join(directory, ".palisade", "pulumi"), "organization/example/prod");
    expect(resolve("up", directory)).toMatchObject({ stack: "prod", isKnown: true, isLocal: false });
    expect(resolve("up", directory, { environment: { PULUMI_STACK: "staging" } }).stack).toBe("staging");
    expect(resolve("up -s dev", directory, { environment: { PULUMI_STACK: "staging" } }).stack).toBe("dev");
  });

  it("is what the user's own Pulumi remembers, when that is the engine or its folder is named", () => {
    const directory = createProject();
    expect(resolve("up", directory, { engine: installed }).home).toBeUndefined();
    const home = join(directory, "elsewhere");
    selectStack(directory, home, "prod");
    expect(resolve("up", directory, { environment: { PULUMI_HOME: home } })).toMatchObject({ stack: "prod", home });
  });

  it("is not the local database once the stack names a connection", () => {
    const directory = createProject();
    write(join(directory, "Pulumi.dev.yaml"), 'config:\n  "palisade:connection": DIRECT_URL\n');
    expect(resolve("up", directory).isLocal).toBe(false);
    expect(resolve("up -c palisade:connection=X", createProject()).isLocal).toBe(false);
  });

  it.each([
    ["the stack's file in flow style", "Pulumi.dev.yaml", "config: {palisade:connection: PROD_URL}\n"],
    [
      "a file of the command line's",
      "other.yaml",
      "config: {palisade:connection: PROD_URL}\n",
      "up --config-file other.yaml",
    ],
    ["a key of the command line's", "Pulumi.dev.yaml", "", "up -yc palisade:connection=PROD_URL"],
    ["a path of the command line's", "Pulumi.dev.yaml", "", 'up --config-path -c palisade:["connection"]=PROD_URL'],
    ["a template's program", "Pulumi.dev.yaml", "", "up https://github.com/somebody/program"],
    ["environments of Pulumi Cloud", "Pulumi.dev.yaml", "environment: [production]\n"],
  ])("is not certain to be the local database with %s", (_, file, text, line = "up") => {
    const directory = createProject();
    expect(resolve("up", directory).isLocal).toBe(true);
    write(join(directory, file), text);
    expect(resolve(line, directory).isLocal).toBe(false);
  });

  it.each(["config: {palisade:connection: PROD_URL}\n", "config:\n  palisade:connection: {value: PROD_URL}\n"])(
    "is not the local database where the project says %j",
    (text) => {
      const directory = createProject();
      write(join(directory, "Pulumi.yaml"), `name: example\n${text}backend: {url: "file://./.palisade/state"}\n`);
      expect(resolve("up", directory)).toMatchObject({
        isLocal: false,
        connection: { kind: "variable", name: "PROD_URL" },
      });
    },
  );

  it("is not the local database where the settings can't be read, and a command that deploys is refused", () => {
    const directory = createProject();
    write(join(directory, "Pulumi.dev.yaml"), "config:\n\tpalisade:connection: PROD_URL\n");
    expect(() => resolve("up", directory)).toThrow(
      /Pulumi\.dev\.yaml can't be read: a line is indented by a tab.*\(line 2/,
    );
    expect(resolve("stack ls", directory).isLocal).toBe(false);
    write(join(directory, "Pulumi.yaml"), "name: [example\n");
    expect(() => resolve("up", directory)).toThrow(/Pulumi\.yaml can't be read/);
    expect(resolve("version", directory).isLocal).toBe(false);
  });

  it("is not the local database in another folder, of another project, or by an argument in the environment", () => {
    const directory = createProject();
    write(join(directory, "inside", "note"), "");
    expect(resolve("up -C inside", directory).isLocal).toBe(true);
    write(join(directory, "other", "Pulumi.yaml"), "name: example\nbackend:\n  url: file://./.palisade/state\n");
    expect(resolve("up -C other", directory)).toMatchObject({ isLocal: false, ownState: undefined });
    const beside = `${directory}/inside-out`;
    write(join(beside, "Pulumi.yaml"), "name: example\nbackend:\n  url: file://./.palisade/state\n");
    write(join(directory, "inside", "Pulumi.yaml"), "name: example\nbackend:\n  url: file://./.palisade/state\n");
    expect(resolve("up -C ../inside-out", join(directory, "inside"))).toMatchObject({
      isLocal: false,
      ownState: undefined,
    });
    expect(resolve("up -s organization/example/dev", directory).isLocal).toBe(true);
    expect(resolve("up -s organization/another/dev", directory)).toMatchObject({ isLocal: false, ownState: undefined });
    expect(resolve("up", directory, { environment: { PULUMI_OPTION_CONFIG_FILE: "x" } }).isLocal).toBe(false);
    expect(resolve("up", directory, { environment: { PULUMI_BACKEND_URL: "gs://states" } }).isLocal).toBe(false);
  });

  it("is not the local database where the stack was last deployed to another", () => {
    const directory = createProject();
    const resources = [{ type: "pulumi:providers:palisade", inputs: { connection: "PROD_URL" } }];
    const state = join(directory, ".palisade", "state", ".pulumi", "stacks", "example", "dev.json");
    write(state, JSON.stringify({ version: 3, checkpoint: { latest: { resources } } }));
    expect(resolve("up", directory)).toMatchObject({ isLocal: false, connection: { kind: "unknown" } });
    write(
      state,
      JSON.stringify({
        version: 3,
        checkpoint: { latest: { resources: [{ type: "pulumi:providers:palisade", inputs: {} }] } },
      }),
    );
    expect(resolve("up", directory).isLocal).toBe(true);
  });

  it("is the backend of a log-in for every stack but the local one", () => {
    const directory = createProject();
    const login = { current: "s3://states", accounts: {} };
    write(join(directory, ".palisade", "pulumi", "credentials.json"), JSON.stringify(login));
    expect(resolve("up -s prod", directory)).toMatchObject({ backendUrl: "s3://states", ownState: undefined });
    expect(resolve("up -s dev", directory).backendUrl).toBeUndefined();
    expect(resolve("login", directory).backendUrl).toBeUndefined();
  });

  it.each(["", "{", "null"])("is not guessed from a file of Pulumi's own that a full disk has left as %j", (text) => {
    const directory = createProject();
    const home = join(directory, ".palisade", "pulumi");
    selectStack(directory, home, "prod");
    const hash = createHash("sha1").update(join(directory, "Pulumi.yaml")).digest("hex");
    write(join(home, "workspaces", `example-${hash}-workspace.json`), text);
    expect(() => resolve("up", directory)).toThrow(/workspace\.json, a file of Pulumi's own, is damaged.*Remove it/);
    expect(resolve("up -s dev", directory).isLocal).toBe(true);
    write(join(home, "credentials.json"), text);
    expect(() => resolve("up -s prod", directory)).toThrow(/credentials\.json, a file of Pulumi's own, is damaged/);
  });

  it("is left to Pulumi when the environment or Pulumi.yaml names another backend", () => {
    const chosen = { environment: { PULUMI_BACKEND_URL: "gs://states" } };
    expect(resolve("up", createProject(), chosen)).toMatchObject({ backendUrl: undefined, ownState: undefined });
    expect(resolve("up", createProject("s3://states"))).toMatchObject({ backendUrl: undefined, ownState: undefined });
  });

  it("is one folder for everything in a test", () => {
    const target = resolve("up", createProject(), { stateDirectory: "/state", stack: "test" });
    expect(target).toMatchObject({ stack: "test", isKnown: false, ownState: "/state", home: "/state/home" });
    expect(target.backendUrl).toBe("file:///state?create_dir=true&metadata=skip");
  });
});
