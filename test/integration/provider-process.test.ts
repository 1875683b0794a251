import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { projectDirectory } from "../../infra/settings/project-folder.ts";

describe("the provider's process", () => {
  it("goes when the engine interrupts it, which is how the engine ends a plugin", async () => {
    const engine = createServer().listen(0, "127.0.0.1");
    await once(engine, "listening");
    const { port: address } = engine.address() as AddressInfo;
    const plugin = start(`127.0.0.1:${address}`);
    const [port] = (await once(plugin.stdout, "data")) as [Buffer];
    plugin.kill("SIGINT");
    const [exitCode, signal] = await once(plugin, "exit");
    expect(Number(String(port))).toBeGreaterThan(0);
    expect([exitCode, signal]).toEqual([0, null]);
    engine.close();
  });

  it("goes by itself where the engine was gone before it started", async () => {
    expect(await once(start("127.0.0.1:1"), "exit")).toEqual([0, null]);
  });

  const start = (address: string) =>
    spawn(join(projectDirectory, "infra/provider/pulumi-resource-palisade"), [address], {
      cwd: projectDirectory,
      stdio: ["ignore", "pipe", "inherit"],
    });
});

describe("loading a plugin", () => {
  let folder: string;
  const write = (name: string, text: string) => writeFileSync(join(folder, "infra/provider", name), text);
  const start = async (...options: string[]) =>
    (await promisify(execFile)(process.execPath, [...options, join(folder, "infra/provider/start.mjs")])).stdout;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "palisade plugin "));
    // Whatever of these rooms the plugin is loaded with: all of it is JavaScript.
    for (const room of ["provider", "loading", "settings"]) {
      cpSync(join(projectDirectory, "infra", room), join(folder, "infra", room), {
        recursive: true,
        filter: (path) => path.endsWith(".mjs") || statSync(path).isDirectory(),
      });
    }
    for (const name of ["package.json", "tsconfig.json"]) cpSync(join(projectDirectory, name), join(folder, name));
    symlinkSync(join(projectDirectory, "node_modules"), join(folder, "node_modules"));
    write(
      "start.mjs",
      'import { loadPlugin } from "./load-plugin.mjs";\nawait loadPlugin(new URL("./main.ts", import.meta.url));',
    );
    write("main.ts", 'import { word } from "./word.ts";\nconsole.log(word as string, import.meta.dirname);');
    write("word.ts", 'export const word: string = "first";');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const bundles = () => readdirSync(join(folder, ".palisade/plugin")).filter((name) => name.endsWith(".cjs"));

  it("makes one file of it, in which each module still knows its own place", async () => {
    expect(await start()).toBe(`first ${join(folder, "infra/provider")}\n`);
    expect(bundles()).toHaveLength(1);
  });

  it("uses that file again, and makes another when a source has changed", async () => {
    await start();
    expect(await start()).toMatch(/^first /);
    expect(bundles()).toHaveLength(1);
    write("word.ts", 'export const word: string = "second";');
    expect(await start()).toMatch(/^second /);
    expect(bundles()).toHaveLength(2);
  });

  it("makes the file again when somebody deleted it", async () => {
    await start();
    for (const name of bundles()) rmSync(join(folder, ".palisade/plugin", name));
    expect(await start()).toMatch(/^first /);
  });

  it("does without where nothing can be written", async () => {
    writeFileSync(join(folder, ".palisade"), "not a folder");
    expect(await start()).toMatch(/^first /);
  });

  it("does without for a debugger, whose breakpoints are in the sources", async () => {
    expect(await start("--inspect=127.0.0.1:0")).toMatch(/^first /);
    expect(existsSync(join(folder, ".palisade"))).toBe(false);
  });

  it("shows the message of a source with a mistake", async () => {
    write("word.ts", "export const word: = ;");
    await expect(start()).rejects.toThrow(/word\.ts/);
  });
});
