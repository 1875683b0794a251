import { describe, expect, it } from "vitest";
import { findVersion, isAtLeast, isUsableVersion } from "../../infra/engine/version.ts";

describe("the version of an installed engine", () => {
  it.each(["3.178.0", "3.220.0", "v3.220.0", "3.300.1", "3.179.0-alpha.1"])("%s can be used", (version) => {
    expect(isUsableVersion(version)).toBe(true);
  });

  it.each(["3.177.9", "3.99.0", "2.200.0", "4.0.0", "unknown", ""])("%s cannot", (version) => {
    expect(isUsableVersion(version)).toBe(false);
  });

  it("is compared by numbers, not by letters", () => {
    expect(isAtLeast("1.9", "1.21")).toBe(false);
    expect(isAtLeast("1.26.8", "1.24.7")).toBe(true);
    expect(isAtLeast("1.24", "1.24.7")).toBe(false);
  });

  it.each([
    ["v3.220.0\n", "3.220.0"],
    ["go version go1.26.8 linux/amd64", "1.26.8"],
    ["go version go1.26 linux/amd64", "1.26"],
    ["command not found", undefined],
  ])("is found in %j", (output, version) => {
    expect(findVersion(output)).toBe(version);
  });
});
