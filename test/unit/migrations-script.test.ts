import { describe, expect, it } from "vitest";
import { readScript } from "../../infra/migrations/scripts/script.ts";

/** Each block with its edges; what keeps nothing is in brackets. */
async function divide(script: string): Promise<readonly string[] | undefined> {
  const blocks = await readScript(script);
  return blocks?.map(({ begin, statements, end, keepsNothing, isOpen }) => {
    const texts = [begin, ...statements, end].flatMap((piece) => piece?.text.trim() ?? []).join(" ");
    return (keepsNothing ? `[${texts}]` : texts) + (isOpen ? " …" : "");
  });
}

describe("a script", () => {
  it("is one transaction where it leaves transactions alone", async () => {
    expect(await divide("select 1; -- ü;\nselect '; commit;';\n-- end")).toEqual([
      "select 1; -- ü;\nselect '; commit;';\n-- end",
    ]);
  });

  it("keeps the transactions that it has, and what is between them", async () => {
    expect(
      await divide(
        "select 1; BEGIN; select 2; savepoint s; COMMIT; select 3; start transaction; select 4; end; select 5",
      ),
    ).toEqual([
      "select 1;",
      "BEGIN; select 2; savepoint s; COMMIT;",
      "select 3;",
      "start transaction; select 4; end;",
      "select 5",
    ]);
  });

  it("says which of them keep nothing, and which is never ended", async () => {
    expect(
      await divide("begin; select 1; rollback; begin read only; select 2; commit; commit; begin; select 3"),
    ).toEqual(["[begin; select 1; rollback;]", "[begin read only; select 2; commit;]", "begin; select 3 …"]);
  });

  it("is left to the server where it does more with transactions, or is not of this grammar", async () => {
    expect(await divide("begin; select 1; prepare transaction 'x'")).toBeUndefined();
    expect(await divide("begin; select 1; commit and chain; select 2; commit")).toBeUndefined();
    expect(await divide("create something new")).toBeUndefined();
  });

  it("counts the characters before each statement as the server does", async () => {
    const blocks = await readScript("select '\u{1F600}'; select 2");
    expect(blocks?.[0]?.statements.map(({ offset, start }) => [offset, start])).toEqual([
      [0, 0],
      [11, 12],
    ]);
  });
});
