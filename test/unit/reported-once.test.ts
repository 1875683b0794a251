import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { ReportedOnce } from "../../infra/lifecycle/reported-once.ts";

describe("what is reported once", () => {
  const folder = mkdtempSync(join(tmpdir(), "palisade reported "));
  afterAll(() => rmSync(folder, { recursive: true }));

  it("is first only once, and names that together read the same are told apart", () => {
    const reported = new ReportedOnce();
    expect(reported.noteFirst("shadowed", "a b")).toBe(true);
    expect(reported.noteFirst("shadowed", "a b")).toBe(false);
    expect(reported.noteFirst("shadowed a", "b")).toBe(true);
  });

  it("is not reported again by a later process of the run", () => {
    const file = join(folder, "1.jsonl.reported");
    const preview = new ReportedOnce(file);
    expect([preview.noteFirst("perimeter", "urn", "line"), preview.noteFirst("leaving")]).toEqual([true, true]);
    const update = new ReportedOnce(file);
    expect(update.noteFirst("perimeter", "urn", "line")).toBe(false);
    expect(update.noteFirst("perimeter", "urn", "other line")).toBe(true);
  });

  it("is reported again by another operation, if no file says otherwise", () => {
    expect(new ReportedOnce().noteFirst("shadowed", "a b")).toBe(true);
  });
});
