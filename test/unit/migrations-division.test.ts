import { beforeAll, describe, expect, it } from "vitest";
import { divideScript } from "../../infra/prisma/script.ts";
import { isDelicate } from "../../infra/resources/migrations/schema-changes.ts";
import { loadParser } from "../../infra/resources/sql/parser.ts";

beforeAll(loadParser);

const drop = "alter table t drop column a";

/** The parts without the white space around them; BEGIN and COMMIT that have to be added are in brackets. */
function divide(script: string): string[] | undefined {
  const divided = divideScript(script, isDelicate);
  if (divided === undefined) return undefined;
  expect(divided.lead + divided.core + divided.rest).toBe(script);
  const before = divided.leadBegins ? "before" : "[begin] before";
  const after = `${divided.coreStaysOpen ? "" : "[begin] "}after${divided.restEnds ? "" : " [commit]"}`;
  const parts = [divided.lead, before, divided.core, after, divided.rest].map((part) => part.trim());
  return parts.filter((part) => part !== "" && part !== ";");
}

describe("a script that takes something away", () => {
  it("is one transaction with what goes along, where it leaves transactions alone", () => {
    expect(divide(`select 1; ${drop}; select 2`)).toEqual([
      "[begin] before",
      `select 1; ${drop}; select 2`,
      "after [commit]",
    ]);
  });

  it("keeps its own transaction around what goes along", () => {
    expect(divide(`-- ü\nBEGIN; create table n (); ${drop}; COMMIT; select 2;`)).toEqual([
      "-- ü\nBEGIN;",
      "before",
      `create table n (); ${drop};`,
      "after",
      "COMMIT; select 2;",
    ]);
    expect(divideScript(`BEGIN; ${drop}; COMMIT`, isDelicate)?.isFirst).toBe(true);
    expect(divideScript(`select 1; BEGIN; ${drop}; COMMIT`, isDelicate)?.isFirst).toBe(false);
  });

  it("gets a transaction where it is outside of those that it has", () => {
    expect(divide(`BEGIN; select 1; COMMIT; ${drop}; BEGIN; select 2; COMMIT`)).toEqual([
      "BEGIN; select 1; COMMIT;",
      "[begin] before",
      `${drop};`,
      "after [commit]",
      "BEGIN; select 2; COMMIT",
    ]);
  });

  it("may do so in several transactions, and what goes along comes before the first and after the last", () => {
    expect(divide(`BEGIN; ${drop}; COMMIT; BEGIN; ${drop}; COMMIT`)).toEqual([
      "BEGIN;",
      "before",
      `${drop}; COMMIT; BEGIN; ${drop};`,
      "after",
      "COMMIT",
    ]);
    expect(divide(`BEGIN; ${drop}; COMMIT; ${drop}`)).toEqual([
      "BEGIN;",
      "before",
      `${drop}; COMMIT; ${drop}`,
      "[begin] after [commit]",
    ]);
  });

  it("goes alone where it does more with transactions than to begin and commit them, or where nothing is taken away", () => {
    expect(divide(`BEGIN; savepoint s; ${drop}; COMMIT`)).toBeUndefined();
    expect(divide("create index on n (a); alter table n add column b int")).toBeUndefined();
  });
});
