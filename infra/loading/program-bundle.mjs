import { givenConditions } from "./conditions.mjs";
import { isModule } from "./module-kind.mjs";

/**
 * How a program becomes one file, of the kind that it is.
 *
 * @param {string} entry
 * @param {string} root the project's folder
 * @param {string} folder where the bundle is kept
 * @returns {import("./bundle.mjs").BundleOptions}
 */
export function programBundle(entry, root, folder) {
  return {
    entry,
    folder,
    root,
    around: ["package.json", "tsconfig.json"],
    refuse: refuseUnknownImports,
    settings: {
      format: isModule(entry) ? "esm" : "cjs",
      conditions: [...givenConditions()],
      sourcemap: "external",
      sourcesContent: false,
      plugins: [{ name: "packages-outside", setup: leavePackagesOutside }],
    },
  };
}

/**
 * An import whose name is computed at run time can't be bundled.
 *
 * @param {string} source
 */
function refuseUnknownImports(source) {
  const isUnknown = /\bimport\s*\(\s*(?!(["'])[^"'\n]*\1\s*\))|import\.meta\.(?!url|dirname|filename)/.test(source);
  return isUnknown ? "imports what is known only when it runs" : undefined;
}

/**
 * Installed packages are JavaScript already, and some load files that lie beside them, so they stay outside. A workspace package, whose
 * source belongs to the project, is bundled like everything else.
 *
 * @param {import("esbuild").PluginBuild} build
 */
function leavePackagesOutside(build) {
  const asked = Symbol("asked");
  build.onResolve({ filter: /^[^./]/ }, async ({ path, pluginData, ...rest }) => {
    if (pluginData === asked || path.startsWith("node:") || rest.kind === "entry-point") return undefined;
    const { path: found, errors } = await build.resolve(path, { ...rest, pluginData: asked });
    if (errors.length > 0 || /[\\/]node_modules[\\/]/.test(found)) return { path, external: true };
    return { path: found };
  });
}
