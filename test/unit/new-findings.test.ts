import { describe, expect, it } from "vitest";
import { type Finding, newFindings } from "../../infra/access/reach/finding.ts";

const finding = (roles: readonly string[], text = "may select every row of public.leak"): Finding => ({
  ...{ roles, text, object: { kind: "table", id: "public.leak" }, severity: "reads every row", remedy: [] },
});

describe("ways in that were not there before", () => {
  it("are not those that one of two roles has lost", () => {
    expect(newFindings([finding(["anon", "authenticated"])], [finding(["authenticated"])])).toEqual([]);
  });

  it("are those of a role that comes to another one", () => {
    const after = finding(["anon", "authenticated"]);
    expect(newFindings([finding(["authenticated"])], [after])).toEqual([after]);
  });

  it("are those that go further on the same object", () => {
    const after = finding(["anon"], "may select and truncate every row of public.leak");
    expect(newFindings([finding(["anon"])], [after])).toEqual([after]);
  });
});
