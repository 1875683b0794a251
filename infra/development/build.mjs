// `npm run build -w pulumi-palisade`: the package as it is published, in dist/. Its own repository does without and runs the sources.

import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { pluginSettings } from "../provider/load-plugin.mjs";

const folder = dirname(dirname(fileURLToPath(import.meta.url)));
const output = join(folder, "dist");
const require = createRequire(import.meta.url);
/** What programs and policy packs import: `pulumi-palisade`, `pulumi-palisade/contract` and so on. */
const entries = ["index", "contract", "policies", "verify"];

/** @type {import("esbuild").BuildOptions} */
const common = {
  absWorkingDir: folder,
  bundle: true,
  outdir: output,
  platform: "node",
  target: "node20",
  conditions: ["palisade-source"],
  logLevel: "warning",
  metafile: true,
};
/** In CommonJS a module's own place has other names. @type {import("esbuild").BuildOptions} */
const commonJs = {
  ...common,
  format: "cjs",
  outExtension: { ".js": ".cjs" },
  define: { "import.meta.url": "__ownUrl" },
  banner: { js: 'const __ownUrl = require("node:url").pathToFileURL(__filename).href;' },
};

/**
 * One file each, in CommonJS, which both kinds of programs can load: so there is one copy, whoever asks. ES modules get the names through
 * a file beside it.
 */
async function buildPrograms() {
  await build({ ...commonJs, entryPoints: entries.map((name) => `${name}.ts`), packages: "external" });
  for (const name of entries) {
    const names = Object.keys(require(join(output, `${name}.cjs`))).sort();
    const text = `import entry from "./${name}.cjs";\n\nexport const {\n${names.map((each) => `  ${each},\n`).join("")}} = entry;\n`;
    writeFileSync(join(output, `${name}.mjs`), text);
  }
}

/** Each command is loaded when it is called. */
async function buildCommands() {
  await build({
    ...common,
    format: "esm",
    splitting: true,
    chunkNames: "[name]-[hash]",
    entryPoints: { cli: "cli/main.ts", "run-program": "contract/run-program.ts" },
    packages: "external",
  });
}

/** The provider with what it needs of other packages in one file: the engine starts it two to four times a command. */
async function buildPlugin() {
  const { metafile } = await build({
    ...commonJs,
    entryPoints: { plugin: "provider/main.ts" },
    ...pluginSettings,
  });
  writeFileSync(join(output, "plugin-licenses.txt"), collectLicenses(Object.keys(metafile?.inputs ?? {})));
}

/**
 * The types of what programs import, for each way in which a compiler looks for them: those of CommonJS lie in a folder that says so, and
 * the ES modules have the very same, as they have the same code.
 */
function writeDeclarations() {
  const compiler = join(dirname(require.resolve("typescript/package.json")), "bin/tsc");
  execFileSync(process.execPath, [compiler, "-p", join(folder, "development")], { stdio: "inherit" });
  const types = join(output, "types");
  const used = new Set(entries.map((name) => join(types, `${name}.d.ts`)));
  for (const path of used) {
    const text = readFileSync(path, "utf8").replaceAll(/^import "[^"]+";\n/gm, "");
    for (const [, module = ""] of text.matchAll(ownModule)) used.add(join(dirname(path), `${module}.d.ts`));
    writeFileSync(
      path,
      text.replaceAll(ownModule, (found) => found.replace(/ts"$/, 'js"')),
    );
  }
  for (const file of readdirSync(types, { recursive: true, encoding: "utf8" }))
    if (file.includes(".d.") && !used.has(join(types, file))) rmSync(join(types, file));
  writeFileSync(join(types, "package.json"), '{ "type": "commonjs" }\n');
  for (const name of entries) writeFileSync(join(output, `${name}.d.mts`), `export * from "./types/${name}.js";\n`);
}

/** In declarations, an import of another of the package's modules. */
const ownModule = /(?:from |import\()"(\.{1,2}\/[^"]+)\.ts"/g;

/**
 * The licences of the packages that are in a bundle, as they ask for.
 *
 * @param {readonly string[]} inputs the bundle's sources
 */
function collectLicenses(inputs) {
  const folders = inputs.flatMap((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? []);
  const texts = [...new Set(folders)].sort().map((path) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, path, "package.json"), "utf8"));
    const file = readdirSync(join(folder, path)).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file === undefined ? "" : readFileSync(join(folder, path, file), "utf8").trim();
    return `${name} ${version} (${license})\n\n${text}`;
  });
  return `plugin.cjs holds code of these packages.\n\n${texts.join(`\n\n${"-".repeat(80)}\n\n`)}\n`;
}

rmSync(output, { recursive: true, force: true });
await buildPrograms();
await buildCommands();
await buildPlugin();
writeDeclarations();
