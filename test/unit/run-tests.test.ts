import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { projectDirectory } from "../../infra/settings/project-folder.ts";
import { vitestArguments } from "../run-tests.ts";

const told = (args: readonly string[], from = projectDirectory) => vitestArguments(args, from);

describe("npm test", () => {
  it("measures coverage where it runs all of the tests, however it reports them", () => {
    expect(told([])).toEqual(["run", "--coverage"]);
    const reports = ["--reporter=default", "--reporter=json", "--outputFile.json=.palisade/results.json"];
    expect(told(reports)).toEqual(["run", "--coverage", ...reports]);
    expect(told(["--reporter", "dot", "--bail", "1"])).toEqual([
      "run",
      "--coverage",
      "--reporter",
      "dot",
      "--bail",
      "1",
    ]);
  });

  it.each([
    [["test/unit/policies.test.ts"]],
    [["safety/locks"]],
    [["-t", "a name"]],
    [["--testNamePattern=a name", "--reporter=dot"]],
    [["--changed"]],
    [["--shard=1/3"]],
  ])("asks no coverage of a part: %j", (args) => {
    expect(told(args)).toEqual(["run", ...args]);
  });

  it("measures it where it is asked to, and not where it is told not to", () => {
    expect(told(["--coverage", "safety/locks"])).toEqual(["run", "--coverage", "safety/locks"]);
    expect(told(["--coverage.enabled=false"])).toEqual(["run", "--coverage.enabled=false"]);
  });

  it("finds a file from whatever folder it is named", () => {
    const policies = "test/unit/policies.test.ts";
    for (const [folder, name] of [
      ["test/unit", "policies.test.ts"],
      ["test/integration/truth", "../../unit/policies.test.ts"],
      [".", `./${policies}`],
      ["infra", join(projectDirectory, policies)],
    ] as const) {
      expect(told([name], join(projectDirectory, folder)), folder).toEqual(["run", policies]);
    }
    expect(told(["."], join(projectDirectory, "test/unit"))).toEqual(["run", "test/unit"]);
    expect(told(["no such file"], "/")).toEqual(["run", "no such file"]);
  });
});
