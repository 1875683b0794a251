/**
 * What a command is: a TypeScript module that exports `run(args): Promise<number>` (the exit code), or programs of
 * installed packages, run one after the other.
 *
 * @typedef {{ readonly package: string, readonly program: string, readonly args: readonly string[] }} Program
 * @typedef {{ readonly summary: string, readonly module: string }
 *   | { readonly summary: string, readonly programs: readonly [Program, ...Program[]] }} Command
 */

/** The project's commands; modules are named from the project's folder. @type {Readonly<Record<string, Command>>} */
export const commands = {
  up: { summary: "provision the stack (starts the local database)", module: "infra/cli/up.ts" },
  preview: { summary: "show how the live database differs from the stack", module: "infra/cli/preview.ts" },
  down: { summary: "stop and remove the local database and its state", module: "infra/cli/down.ts" },
  pulumi: { summary: "run Pulumi with this project's settings", module: "infra/cli/pulumi.ts" },
  url: { summary: "print the local database's connection string", module: "infra/cli/url.ts" },
  migrations: {
    summary: "show what is applied, resolve a failed migration, and write a new one",
    module: "infra/cli/migrations.ts",
  },
  generate: {
    summary: "write the typed tables and the Prisma client from the Prisma schema",
    module: "infra/cli/generate.ts",
  },
  contract: {
    summary: "write what the stack declares as code for an application",
    module: "infra/cli/contract.ts",
  },
  bench: { summary: "measure (docs/benchmarks.md)", module: "test/bench/index.ts" },
  test: { summary: "run the tests: all of them with coverage, or those that are named", module: "test/run-tests.ts" },
  lint: {
    summary: "check format, rules, types, unused code and the order of the rooms",
    programs: [
      { package: "@biomejs/biome", program: "biome", args: ["check"] },
      { package: "typescript", program: "tsc", args: ["--noEmit"] },
      { package: "knip", program: "knip", args: [] },
      {
        package: "dependency-cruiser",
        program: "depcruise",
        args: ["--config", "dependency-cruiser.config.mjs", "infra"],
      },
    ],
  },
};
