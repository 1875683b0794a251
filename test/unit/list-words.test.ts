import { describe, expect, it } from "vitest";
import { listWords } from "../../infra/values/list-words.ts";

describe("a list in a sentence", () => {
  it.each([
    [[], ""],
    [["a"], "a"],
    [["a", "b"], "a and b"],
    [["a", "b", "c"], "a, b and c"],
  ])("names all of %j", (words, text) => {
    expect(listWords(words)).toBe(text);
  });

  it("names so many, and counts the others", () => {
    expect(listWords(["a", "b", "c"], 3)).toBe("a, b and c");
    expect(listWords(["a", "b", "c", "d"], 3)).toBe("a, b, c and 1 more");
  });
});
