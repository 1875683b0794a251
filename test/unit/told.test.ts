import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { Told } from "../../infra/lifecycle/told.ts";

describe("what is reported once", () => {
  const folder = mkdtempSync(join(tmpdir(), "palisade told "));
  afterAll(() => rmSync(folder, { recursive: true }));

  it("is first only once, and names that together read the same are told apart", () => {
    const told = new Told();
    expect(told.noteFirst("shadowed", "a b")).toBe(true);
    expect(told.noteFirst("shadowed", "a b")).toBe(false);
    expect(told.noteFirst("shadowed a", "b")).toBe(true);
  });

  it("is not reported again by a later process of the run", () => {
    const file = join(folder, "1.jsonl.told");
    const preview = new Told(file);
    expect([preview.noteFirst("perimeter", "urn", "line"), preview.noteFirst("leaving")]).toEqual([true, true]);
    const update = new Told(file);
    expect(update.noteFirst("perimeter", "urn", "line")).toBe(false);
    expect(update.noteFirst("perimeter", "urn", "other line")).toBe(true);
  });

  it("is reported again by another operation, if no file says otherwise", () => {
    expect(new Told().noteFirst("shadowed", "a b")).toBe(true);
  });
});
