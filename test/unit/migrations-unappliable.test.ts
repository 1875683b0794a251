import { beforeAll, describe, expect, it } from "vitest";
import { refuseUnappliable } from "../../infra/migrations/scripts/unappliable.ts";
import { loadParser } from "../../infra/sql/parser.ts";

beforeAll(loadParser);

const refusal = (script: string) => {
  try {
    refuseUnappliable("1_x", script);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
};

describe("a script that nothing can apply", () => {
  it.each([
    "create index concurrently i on t (a)",
    "drop index concurrently i",
    "reindex table concurrently t",
    "vacuum t",
    "create database d",
    "drop database d",
    "alter system set a = 1",
  ])("is refused with both lines where it has %s in a transaction of its own", (statement) => {
    expect(refusal(`select 1;\n-- ü\nbegin;\n\n-- why\n${statement};\ncommit;`)).toMatch(
      /^the pending migration 1_x can't be applied: [A-Z ]+, on line 6, can't run inside a transaction; move it out of the one that begins on line 3$/,
    );
    expect(refusal(`${statement}; select 1; ${statement}; begin; select 2; commit`)).toBeUndefined();
  });

  it("is refused where it never ends a transaction, or wants rows from a client", () => {
    expect(refusal("select 1;\nbegin; select 2")).toContain("the transaction that it begins on line 2 is never ended");
    expect(refusal("select 1;\ncopy t from stdin;")).toContain("COPY … FROM STDIN, on line 2, needs a client");
    expect(
      refusal("copy t from '/a'; copy t to stdout; begin; analyze t; create index i on t (a); rollback"),
    ).toBeUndefined();
  });
});
