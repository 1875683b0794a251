import { defineConfig } from "vitest/config";

/** The package runs from its sources, here and in the processes that tests start. */
const conditions = ["palisade-source"];

export default defineConfig({
  ssr: {
    resolve: {
      conditions: [...conditions, "module", "node", "development|production"],
      externalConditions: [...conditions, "node"],
    },
  },
  test: {
    projects: [
      // They share the modules that they import, which take longer to load than the tests run.
      { extends: true, test: { name: "unit", include: ["test/unit/**/*.test.ts"], isolate: false, unstubEnvs: true } },
      { extends: true, test: { name: "integration", include: ["test/integration/**/*.test.ts"] } },
    ],
    execArgv: conditions.map((condition) => `--conditions=${condition}`),
    // Each file drives real servers and a real engine, and waits for them: on two cores a third file has what two leave over.
    maxWorkers: 3,
    // They end what hangs, on a busy machine as well; no test has a limit that measures.
    testTimeout: 900_000,
    hookTimeout: 900_000,
    globalSetup: "test/global-setup.ts",
    coverage: {
      provider: "v8",
      include: ["infra/**/*.ts", "stacks/**/*.ts", "policies/**/*.ts"],
      // Each command is a few lines that tests run in a process of its own, which this process's coverage does not see.
      exclude: ["infra/cli/**", "infra/dist/**"],
      reporter: ["text-summary", "html"],
      thresholds: { lines: 80, branches: 80 },
    },
  },
});
