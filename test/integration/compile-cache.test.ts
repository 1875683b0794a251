import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { projectDirectory } from "../../infra/settings/project-folder.ts";

const cache = pathToFileURL(join(projectDirectory, "infra/loading/compile-cache.mjs")).href;

describe("code that is kept compiled", () => {
  let folder: string;
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  const run = async (options: readonly string[] = []) => {
    const { NODE_V8_COVERAGE: _, ...environment } = process.env;
    const args = [...options, join(folder, "start.mjs")];
    return (await promisify(execFile)(process.execPath, args, { env: environment })).stdout;
  };
  const kept = () => {
    const files = readdirSync(join(folder, "kept"));
    expect(files).toEqual([expect.stringMatching(/^compiled-\d+$/)]);
    const file = join(folder, "kept", files[0] ?? "");
    return { file, size: statSync(file).size, inode: statSync(file).ino };
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "palisade compiled "));
    write(
      "start.mjs",
      `import { createRequire } from "node:module";
       import { useCompileCache } from ${JSON.stringify(cache)};
       process.on("exit", useCompileCache(${JSON.stringify(join(folder, "kept"))}));
       createRequire(import.meta.url)("./main.js");`,
    );
    write("main.js", 'console.log(require("./word.js").word);');
    write("word.js", 'exports.word = "first";');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("is taken again by the next process, and not made a second time", async () => {
    expect(await run()).toBe("first\n");
    const before = kept();
    expect(await run()).toBe("first\n");
    expect(kept()).toEqual(before);
  });

  it("is made anew for a module that has changed, even to one of the same length", async () => {
    await run();
    const before = kept();
    write("word.js", 'exports.word = "later";');
    expect(await run()).toBe("later\n");
    expect(kept().inode).not.toBe(before.inode);
  });

  it("stays while a process loads other modules only, and goes with its module", async () => {
    write("long.js", `exports.length = ${JSON.stringify("long ".repeat(10_000))}.length;`);
    write("main.js", 'console.log(require("./long.js").length);');
    await run();
    const before = kept();
    write("main.js", 'console.log(require("./word.js").word);');
    await run();
    expect(kept().size).toBeGreaterThan(before.size);
    rmSync(join(folder, "long.js"));
    write("main.js", 'console.log(require("./word.js").word + "!");');
    expect(await run()).toBe("first!\n");
    expect(kept().size).toBeLessThan(before.size);
  });

  it("names the places of errors as they are in the sources", async () => {
    write(
      "word.js",
      'exports.fail = () => { throw new Error("no"); };\n\nexports.late = () => {\n  throw new Error("no");\n};',
    );
    write(
      "main.js",
      'for (const name of ["fail", "late"]) try { require("./word.js")[name](); } catch (error) { console.log(error.stack); }',
    );
    for (const _ of ["compiled", "kept"]) expect(await run()).toMatch(/word\.js:1:30[\s\S]*word\.js:4:9/);
  });

  it("gives a module what Node.js gives it", async () => {
    write(
      "main.js",
      `console.log(this === exports, module.exports === exports, module.id === __filename, module.children.length,
         require.resolve("./word.js") === __dirname + "/word.js", require.cache[__filename] === module, require.main?.filename, module.paths.length > 0);
       import("./word.js").then((found) => console.log(found.default.word));`,
    );
    const given = await run();
    expect(await run()).toBe(given);
    write("start.mjs", 'import { createRequire } from "node:module";\ncreateRequire(import.meta.url)("./main.js");');
    expect(await run()).toBe(given);
    expect(given).toMatch(/^true true true 0 true true undefined true\nfirst\n$/);
  });

  it("is done without where it is cut off, where nothing can be written, and for a debugger", async () => {
    await run();
    truncateSync(kept().file, 100);
    expect(await run()).toBe("first\n");
    rmSync(join(folder, "kept"), { recursive: true });
    expect(await run(["--inspect-port=0", "--inspect=0"])).toBe("first\n");
    expect(readdirSync(folder)).not.toContain("kept");
    write("kept", "a file");
    expect(await run()).toBe("first\n");
  });

  it("leaves a mistake, and an ES module, to Node.js", async () => {
    write("word.js", "const = ;");
    await expect(run()).rejects.toThrow(/word\.js:1\n[\s\S]*SyntaxError/);
    write("word.js", 'export const word = "module";');
    expect(await run(["--no-warnings", "--experimental-detect-module"])).toBe("module\n");
  });
});
