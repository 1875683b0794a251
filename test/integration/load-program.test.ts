import { execFile } from "node:child_process";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify, stripVTControlCharacters } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runPulumi } from "../../infra/engine/running/pulumi.ts";
import { projectDirectory } from "../../infra/settings/project-folder.ts";

/** Imports the program as Pulumi's SDK does: its real file by a URL, or by `require` where package.json says so. */
const sdk = `
import { readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { inspect } from "node:util";
const require = createRequire(${JSON.stringify(join(projectDirectory, "package.json"))});
require("source-map-support/register");
const program = realpathSync(resolve("stacks", process.argv.at(-1)));
try {
  if (JSON.parse(readFileSync("package.json", "utf8")).type === "module") await import(pathToFileURL(program).href);
  else require(program);
} catch (error) {
  console.log(inspect(error, { colors: true }));
}
`;

describe("a program that is loaded for Pulumi's SDK", () => {
  let folder: string;
  const write = (name: string, text: string) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  };
  const run = async (program = "index.ts") => (await runWith({}, program)).stdout;
  const runWith = async (variables: Readonly<Record<string, string>>, program = "index.ts") => {
    const args = ["--import", pathToFileURL(join(projectDirectory, "infra/loading/load-program.mjs")).href];
    const script = join(folder, "node_modules/@pulumi/pulumi/cmd/run/index.mjs");
    return await promisify(execFile)(process.execPath, [...args, script, "--pwd", join(folder, "stacks"), program], {
      cwd: folder,
      env: { ...process.env, ...variables },
    });
  };
  const bundles = () => readdirSync(join(folder, ".palisade/program")).filter((name) => name.endsWith(".mjs"));

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "palisade program $& "));
    write("package.json", '{ "type": "module" }');
    write("Pulumi.yaml", "name: program\nmain: stacks/index.ts");
    write("node_modules/@pulumi/pulumi/cmd/run/index.mjs", sdk);
    for (const name of ["tsx", "source-map-support"])
      symlinkSync(join(projectDirectory, "node_modules", name), join(folder, "node_modules", name));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("is one file, in which each module still knows its own place, and packages stay where they are", async () => {
    write("node_modules/thing/package.json", '{ "type": "module", "exports": "./thing.js" }');
    write("node_modules/thing/thing.js", "export const place = import.meta.url;");
    write("lib/word.ts", "export const word: string = import.meta.dirname + '|' + import.meta.filename;");
    write(
      "stacks/index.ts",
      'import { place } from "thing";\nimport { word } from "../lib/word.ts";\nconsole.log([word, place, import.meta.url].join("|"));',
    );
    expect((await run()).trim().split("|")).toEqual([
      join(folder, "lib"),
      join(folder, "lib/word.ts"),
      pathToFileURL(join(folder, "node_modules/thing/thing.js")).href,
      pathToFileURL(join(folder, "stacks/index.ts")).href,
    ]);
    expect(bundles()).toHaveLength(1);
  });

  it("is made anew when a file that it imports has changed, and only then", async () => {
    write("lib/word.ts", 'export const word: string = "first";');
    write("stacks/index.ts", 'import { word } from "../lib/word.ts";\nconsole.log(word);');
    expect(await run()).toBe("first\n");
    // Its record is older than the bundle that nothing has made again.
    appendFileSync(join(folder, ".palisade/program", bundles()[0] ?? ""), '\nconsole.log("as kept");');
    expect(await run()).toBe("first\nas kept\n");
    write("lib/word.ts", 'export const word: string = "second";');
    expect(await run()).toBe("second\n");
  });

  it("says with NODE_DEBUG=palisade why there is no such file, and nothing without", async () => {
    write("stacks/index.ts", 'console.log("translated");');
    write(".palisade", "a file in the way of the folder");
    expect(await runWith({})).toEqual({ stdout: "translated\n", stderr: "" });
    const { stdout, stderr } = await runWith({ NODE_DEBUG: "palisade" });
    expect(stdout).toBe("translated\n");
    expect(stderr).toMatch(/^PALISADE \d+: no bundle of \S.*stacks\/index\.ts, .*: E\w+: .*\n$/);
  });

  it("keeps the bundle of another program, and none that nothing uses any more", async () => {
    write("stacks/index.ts", 'console.log("one");');
    write("stacks/other.ts", 'console.log("other");');
    await run("other.ts");
    await run();
    const old = new Date(Date.now() - 48 * 60 * 60 * 1000);
    const kept = join(folder, ".palisade/program");
    for (const file of readdirSync(kept)) utimesSync(join(kept, file), old, old);
    const before = bundles();
    write("stacks/index.ts", 'console.log("two");');
    expect(await run()).toBe("two\n");
    expect(await run("other.ts")).toBe("other\n");
    expect(bundles().filter((name) => before.includes(name))).toHaveLength(1);
  });

  it("has the source of a workspace's package translated as well", async () => {
    write("packages/words/package.json", '{ "name": "words", "type": "module", "exports": "./index.ts" }');
    write("packages/words/index.ts", 'export const word: string = "ours";');
    symlinkSync(join(folder, "packages/words"), join(folder, "node_modules/words"));
    write("stacks/index.ts", 'import { word } from "words";\nconsole.log(word as string);');
    expect(await run()).toBe("ours\n");
  });

  it("shows an error with the places of its sources, and those of the SDK as they are", async () => {
    write(
      "lib/fail.ts",
      "interface Gone { name: string }\n\nexport function fail(): never {\n  throw new Error('no');\n}",
    );
    write("stacks/index.ts", 'import { fail } from "../lib/fail.ts";\n\n\nfail();');
    const output = await run();
    expect(output).toMatch(/fail\.ts:4:9/);
    expect(output).toMatch(/index\.ts:4:1/);
    expect(output).toMatch(/cmd\/run\/index\.mjs/);
  });

  it.each([
    ["imports what is known only when it runs", "const name = './word.ts';\nconsole.log((await import(name)).word);"],
    ["asks for what only a real module has", "console.log((await import(import.meta.resolve('./word.ts'))).word);"],
  ])("is translated file by file where it %s", async (_, text) => {
    write("stacks/word.ts", 'export const word: string = "found";');
    write("stacks/index.ts", text);
    expect(await run()).toBe("found\n");
  });

  it("is translated file by file where it is CommonJS, or its folder can't be written to", async () => {
    write("stacks/word.ts", 'export const word: string = "found";');
    write("package.json", "{}");
    write("stacks/index.ts", 'const { word } = require("./word.ts") as { word: string };\nconsole.log(word);');
    expect(await run()).toBe("found\n");
    write("package.json", '{ "type": "module" }');
    write("stacks/index.ts", 'import { word } from "./word.ts";\nconsole.log(word as string);');
    rmSync(join(folder, ".palisade"), { recursive: true });
    write(".palisade", "a file");
    expect(await run()).toBe("found\n");
  });

  it("has what the SDK keeps for few programs loaded when it is used, and then whole", async () => {
    const sdkFolder = join(projectDirectory, "node_modules/@pulumi/pulumi");
    rmSync(join(folder, "node_modules"), { recursive: true });
    symlinkSync(join(projectDirectory, "node_modules"), join(folder, "node_modules"));
    const script = join(folder, "run.mjs");
    write(
      "run.mjs",
      `const loaded = (name) => Object.values(require.cache).some(({ filename, children }) => filename.includes(name) && children.length > 0);
       import { createRequire } from "node:module";
       const require = createRequire(${JSON.stringify(join(sdkFolder, "cmd/run/index.js"))});
       process.argv[1] = ${JSON.stringify(join(sdkFolder, "cmd/run"))};
       await import(${JSON.stringify(pathToFileURL(join(projectDirectory, "infra/loading/load-program.mjs")).href)});
       const pulumi = require("../../index.js");
       const names = ["automation/index.js", "arborist/lib/index.js"];
       console.log(names.map(loaded));
       const { LocalWorkspace } = await import("@pulumi/pulumi/automation/index.js");
       const text = await pulumi.runtime.serializeFunction(() => 1 + 2);
       console.log(typeof pulumi.automation.LocalWorkspace.create, LocalWorkspace === pulumi.automation.LocalWorkspace, names.map(loaded), text.text.includes("1 + 2"));`,
    );
    const { stdout } = await promisify(execFile)(process.execPath, [script, "stacks/index.ts"], { cwd: folder });
    expect(stdout).toBe("[ false, false ]\nfunction true [ true, false ] true\n");
  });

  it.each([
    ["is no TypeScript", "\tconst = ;", "lib/word.ts:1:8: Expected identifier", "\t      ^"],
    [
      "exports not what is imported",
      "export const words = 1;",
      'stacks/index.ts:1:10: No matching export in "lib/word.ts"',
      '"words" instead?',
    ],
    ["is not there", undefined, 'stacks/index.ts:1:22: Could not resolve "../lib/word.ts"', "^"],
  ])(
    "shows the place where a source %s, in an error that the SDK shows without a stack",
    async (_, text, place, shown) => {
      if (text !== undefined) write("lib/word.ts", text);
      write("stacks/index.ts", 'import { word } from "../lib/word.ts";\nconsole.log(word);');
      const output = await run();
      expect(output).toContain(place);
      expect(output).toContain(shown);
      expect(output).toMatch(/__pulumiRunError: .*true/);
      expect(output).not.toMatch(/^ +at /m);
    },
  );

  it("shows an error with the place in its source where it is CommonJS", async () => {
    write("package.json", "{}");
    write(
      "lib/fail.ts",
      "type Text = string;\n\n// A comment.\nexport function fail(text: Text): never {\n  throw new Error(text);\n}\n",
    );
    write(
      "stacks/index.ts",
      'import { fail } from "../lib/fail.ts";\n\nconst reason: string = "reason";\nfail(reason);\n',
    );
    const output = stripVTControlCharacters(await run());
    expect(output).toContain("Error: reason");
    expect(output).toContain("lib/fail.ts:5:9");
    expect(output).toContain("stacks/index.ts:4:1");
  });

  it("shows the place of a mistake where it is CommonJS as well", async () => {
    write("package.json", "{}");
    write("stacks/index.ts", "const one = ;");
    const output = await run();
    expect(output).toContain('stacks/index.ts:1:13: Unexpected ";"');
    expect(output).not.toMatch(/^ +at /m);
  });

  it.each([
    ["an ES module", '{ "type": "module" }', 'if (process.argv.length < 2) await import("./absent.ts");'],
    ["CommonJS", "{}", 'if (process.argv.length < 2) require("./absent.ts");'],
  ])("is loaded, as %s, although a file is not there that it never asks for", async (_, settings, text) => {
    write("package.json", settings);
    write("stacks/index.ts", `${text}\nconsole.log("loaded");`);
    expect(await run()).toBe("loaded\n");
  });

  it("has its mistakes shown by the engine, each with its line, and without Pulumi's or Node.js's own files", async () => {
    rmSync(join(folder, "node_modules"), { recursive: true });
    symlinkSync(join(projectDirectory, "node_modules"), join(folder, "node_modules"));
    const options = "{typescript: false, nodeargs: --conditions=palisade-source --import pulumi-palisade/load-program}";
    write("Pulumi.yaml", `name: small\nmain: stacks/index.ts\nruntime:\n  name: nodejs\n  options: ${options}\n`);
    write("stacks/index.ts", "const one = ;");
    const { stdout } = await runPulumi(["preview", "--non-interactive", "--color", "never"], {
      ...{
        directory: folder,
        stateDirectory: join(folder, "state"),
        stack: "dev",
        output: "capture",
        report: () => undefined,
      },
    });
    const [said] = stdout.slice(stdout.indexOf("Diagnostics:")).split("Resources:");
    expect(said?.replace(/^ {4}/gm, "").trim()).toBe(
      [
        "Diagnostics:\n  pulumi:pulumi:Stack (small-dev):",
        'error: stacks/index.ts:1:13: Unexpected ";"',
        "    const one = ;",
        "                ^",
        "",
        "Correct this, and run the command again.",
      ].join("\n"),
    );
  });
});
