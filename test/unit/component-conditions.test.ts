import { describe, expect, it } from "vitest";
import { FileBucket } from "../../infra/components/file-bucket.ts";
import { parenthesised } from "../../infra/components/parenthesised.ts";
import { RealtimeTopic } from "../../infra/components/realtime-topic.ts";
import { type SqlText, sql } from "../../infra/sql/tag.ts";

describe("a condition that a component puts beside its own", () => {
  it.each<[string, SqlText]>([
    ["closes the component's parenthesis", sql`a) or (b`],
    ["closes it after a comment and a quoted name", sql`/* ( */ "(" = '(' ) or (b`],
    ["closes it after a name with escapes", sql`U&"(" = 1) or (b`],
    ["leaves one open", sql`a and (b`],
    ["leaves a string open", sql`a = 'b`],
    ["leaves a comment open", sql`a /* b`],
    ["closes it in a text that it is made of", sql`${sql`a) or (b`} or c`],
  ])("is refused where it %s", (_, condition) => {
    for (const property of ["readableBy", "writableBy", "deletableBy"])
      expect(() => new FileBucket("files", { [property]: condition })).toThrow(
        `FileBucket files: ${property}: the condition`,
      );
    expect(() => new RealtimeTopic("room", { prefix: "room:", receivableBy: () => condition })).toThrow(
      "RealtimeTopic room: receivableBy: the condition",
    );
    const sendableBy = () => condition;
    expect(() => new RealtimeTopic("room", { prefix: "room:", receivableBy: () => sql`true`, sendableBy })).toThrow(
      "RealtimeTopic room: sendableBy: the condition",
    );
  });

  it.each<[string, SqlText]>([
    ["parentheses in pairs", sql`(a or b) and c = any (array(select 1))`],
    ["one in a string", sql`a = ')' and b = $x$ ) $x$ and c = E'\')'`],
    ["one in a value", sql`a = ${") or ("}`],
    ["one in a quoted name", sql`")" = 1 and U&"\\0029)" = 1`],
    ["one in a comment", sql`a /* ) */ and b -- )`],
  ])("may hold %s", (_, condition) => {
    expect(parenthesised(condition, "FileBucket files: readableBy").known).toContain(condition.known);
  });
});
