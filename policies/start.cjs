// The pack's entry: Pulumi requires it, and would compile TypeScript with settings that know neither ES modules nor endings.
import("../infra/end-with-engine.mjs")
  .then(() => import("tsx/esm/api"))
  .then(({ register }) => {
    register();
    return import("./pack.ts");
  });
