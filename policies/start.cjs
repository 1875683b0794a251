// The pack's entry: Pulumi requires it, and would compile TypeScript with settings that know neither ES modules nor endings.
const { register } = require("node:module");
const { pathToFileURL } = require("node:url");

register("./from-sources.mjs", pathToFileURL(__filename));
import("pulumi-palisade/end-with-engine")
  .then(() => import("pulumi-palisade/stack-traces"))
  .then(({ nameSources }) => nameSources(process.argv[1] ?? __filename))
  .then(() => import("tsx/esm/api"))
  .then((tsx) => {
    tsx.register();
    return import("./pack.ts");
  });
