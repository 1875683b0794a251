// The pack's entry: Pulumi requires it, and would compile TypeScript with settings that know neither ES modules nor endings.
import("../infra/loading/end-with-engine.mjs")
  .then(() => import("../infra/loading/stack-traces.mjs"))
  .then(({ nameSources }) => nameSources(process.argv[1] ?? __filename))
  .then(() => import("tsx/esm/api"))
  .then(({ register }) => {
    register();
    return import("./pack.ts");
  });
