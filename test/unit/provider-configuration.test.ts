import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readConfiguration, unknownSettings } from "../../infra/provider/configuration.ts";
import { verificationProblems } from "../../infra/provider/verification.ts";
import type { Properties } from "../../infra/values/properties.ts";
import { createTestFolder } from "../support/folder.ts";

const problemsOf = (args: Properties, environment: Readonly<Record<string, string>> = {}) =>
  readConfiguration(args, environment).problems.map(({ message }) => message);

describe("the provider's configuration", () => {
  it.each([
    ["adopt", "maybe", "palisade:adopt: it must be true or false"],
    ["adopt", "", "palisade:adopt: it must be true or false"],
    ["adopt", { value: true }, "palisade:adopt: it must be true or false"],
    ["verify", "yes", "palisade:verify: it must be true or false"],
    ["lockTimeoutSeconds", "3s", "palisade:lockTimeoutSeconds: it must be a number of seconds, greater than 0"],
    ["lockTimeoutSeconds", "0", "palisade:lockTimeoutSeconds: it must be a number of seconds, greater than 0"],
    ["lockTimeoutSeconds", "", "palisade:lockTimeoutSeconds: it must be a number of seconds, greater than 0"],
    ["lockTimeoutSeconds", "1e99", "palisade:lockTimeoutSeconds: it must be a number of seconds, greater than 0"],
    [
      "statementTimeoutSeconds",
      { value: 1 },
      "palisade:statementTimeoutSeconds: it must be a number of seconds, greater than 0",
    ],
    ["lockAttempts", "1.5", "palisade:lockAttempts: it must be a whole number, at least 1"],
    ["lockAttempts", "-1", "palisade:lockAttempts: it must be a whole number, at least 1"],
  ])("is refused with what to write: %s = %j", (name, value, message) => {
    expect(problemsOf({ [name]: value })).toEqual([expect.stringContaining(message)]);
  });

  it("names all that is wrong, and repeats no value", () => {
    const problems = problemsOf({
      adopt: "hunter2",
      lockAttempts: "hunter2",
      connection: "postgresql://a:hunter2@b/c",
    });
    expect(problems).toHaveLength(3);
    expect(problems.join()).not.toContain("hunter2");
  });

  it.each([
    [{ adopt: "true", lockTimeoutSeconds: "0.5", lockAttempts: "3", verify: true }],
    [{ adopt: false, statementTimeoutSeconds: 120, connection: "DIRECT_URL" }],
    [{}],
  ])("is accepted: %j", (args) => {
    expect(problemsOf(args)).toEqual([]);
  });

  it.each([
    [
      "runtime: yaml\n",
      "palisade:verify: a program in yaml can't do it; leave the setting out, and run palisade verify",
    ],
    ["main: app\n", "palisade:verify: there is no app/verify.ts, which says who may do what; write one"],
    ["palisade: {verification: proof/rules.ts}\n", undefined],
  ])("refuses to have an update prove what it could not prove: %j", (settings, message) => {
    const folder = createTestFolder();
    writeFileSync(join(folder, "Pulumi.yaml"), `name: shop\n${settings}`);
    mkdirSync(join(folder, "proof"));
    writeFileSync(join(folder, "proof/rules.ts"), "");
    const problemsAt = (provider: string) => {
      const urn = `urn:pulumi:dev::shop::pulumi:providers:palisade::${provider}`;
      return verificationProblems(folder, urn).map((problem) => problem.message);
    };
    expect(problemsAt("default_0_2_0")).toEqual(message === undefined ? [] : [expect.stringContaining(message)]);
    expect(problemsAt("other")).toEqual([
      expect.stringContaining("palisade:verify: it is a setting of the whole stack"),
    ]);
  });

  it("names another database than the local one only where somebody was asked", () => {
    const unasked = { PALISADE_LOCAL_ONLY: "true" };
    expect(problemsOf({ connection: "PROD_URL" }, unasked)).toEqual([
      expect.stringMatching(/approved without asking.*PROD_URL.*nothing has been changed.*--yes/),
    ]);
    expect(problemsOf({}, unasked)).toEqual([]);
  });

  it("leads to no other database than the scratch one while the program is deployed there", () => {
    const environment = {
      PALISADE_SCRATCH_DATABASE: "postgresql://scratch",
      PROD_URL: "postgresql://hunter2",
      OWN: "",
    };
    const refusal = (database: string) => [expect.stringMatching(`provider of its own leads to ${database}, .*stays`)];
    expect(problemsOf({ connection: "PROD_URL" }, environment)).toEqual(refusal("the database that PROD_URL names"));
    expect(problemsOf({ connection: "OWN" }, environment)).toEqual(refusal("the database that OWN names"));
    expect(problemsOf({}, environment)).toEqual(refusal("the local database"));
    expect(problemsOf({ connection: "PALISADE_SCRATCH_DATABASE" }, environment)).toEqual([]);
    expect(problemsOf({ connection: "DIRECT_URL" }, { ...environment, DIRECT_URL: "postgresql://scratch" })).toEqual(
      [],
    );
  });

  it("has no other settings than are known, and of a mistyped one says which there are, and not its value", () => {
    const known = { connection: "DIRECT_URL", adopt: "true", contract: "../app", version: "0.2.0", __internal: {} };
    const folder = createTestFolder();
    writeFileSync(join(folder, "Pulumi.yaml"), "name: shop\n");
    expect(unknownSettings(known, folder)).toEqual([]);
    const [problem, ...more] = unknownSettings({ ...known, connecton: "postgresql://a:hunter2@b/c" }, folder);
    expect(more).toEqual([]);
    expect(problem?.message).toMatch(
      /^palisade:connecton is unknown \(.*\); the settings are connection, adopt, .*contract$/,
    );
  });

  it("leaves a project that is called palisade the settings that it declares, and no others", () => {
    const folder = createTestFolder();
    writeFileSync(join(folder, "Pulumi.yaml"), "name: palisade\nconfig: {regions: {type: integer, default: 1}}\n");
    expect(unknownSettings({ regions: "3" }, folder)).toEqual([]);
    expect(unknownSettings({ regions: "3", connecton: "X" }, folder)).toEqual([
      expect.objectContaining({ message: expect.stringMatching(/^palisade:connecton is unknown/) }),
    ]);
    expect(unknownSettings({ regions: "3" }, createTestFolder())).toHaveLength(1);
  });
});
