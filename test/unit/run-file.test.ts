import { appendFileSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { RunFile } from "../../infra/system/run-file.ts";

describe("what the processes of one run leave for each other", () => {
  const folder = mkdtempSync(join(tmpdir(), "palisade run "));
  afterAll(() => rmSync(folder, { recursive: true }));

  it("is read by the next one, in order, and readable to its user alone", () => {
    const file = join(folder, "seen", "1.jsonl");
    const [first, second] = [new RunFile<readonly unknown[]>(file), new RunFile<readonly unknown[]>(file)];
    expect(second.read()).toEqual([]);
    first.append(["a", { text: "line\nline" }]);
    second.append(["b", {}]);
    first.append(["c", {}]);
    expect(new RunFile(file).read()).toEqual([
      ["a", { text: "line\nline" }],
      ["b", {}],
      ["c", {}],
    ]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, "seen")).mode & 0o777).toBe(0o700);
  });

  it("lacks only the line that its process was killed over", () => {
    const file = join(folder, "2.jsonl");
    new RunFile(file).append({ urn: "a" });
    appendFileSync(file, '{ "urn": "b", "inpu');
    expect(new RunFile(file).read()).toEqual([{ urn: "a" }]);
  });

  it("is nothing without a file", () => {
    const none = new RunFile(undefined);
    none.append({ urn: "a" });
    expect(none.read()).toEqual([]);
  });
});
