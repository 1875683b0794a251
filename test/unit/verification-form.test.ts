import { describe, expect, it } from "vitest";
import { checkDeclaration } from "../../infra/verify/declaration-input.ts";
import { everybody, members } from "../../infra/verify.ts";
import { verification } from "../../stacks/verify.ts";

describe("what a verify.ts exports", () => {
  it("is taken as it is, if its form is right", () => {
    expect(checkDeclaration(verification)).toBe(verification);
  });

  it.each([
    [5, "verification: it must be an object with properties"],
    [{}, "verification.people: it is missing; give it an object with properties"],
    [{ people: { tenants: 5 } }, "verification.people.tenants: it must be a table"],
    [{ people: {}, table: [] }, "verification.table: there is no such property; there are people, tables, files"],
    [{ people: { subject: "text " } }, 'verification.people.subject: it must be one of "uuid", "text"'],
    [
      { people: {}, tables: [{ table: "t", may: { slect: members } }] },
      "verification.tables[0].may.slect: there is no such property; there are select, insert, update, delete",
    ],
    [
      { people: {}, tables: [{ table: "t", may: { select: [everybody, "members"] } }] },
      "verification.tables[0].may.select: it must say who may",
    ],
    [
      { people: {}, files: [{ bucket: "b", folder: "users", may: {} }] },
      "verification.files[0].folder: it must be one of",
    ],
    [
      { people: {}, channels: [{ of: "user", topic: "user:1", may: {} }] },
      "verification.channels[0].topic: it must be a function",
    ],
    [
      { people: {}, rows: [{ table: "t", tenant: "C", values: {} }] },
      'verification.rows[0].tenant: it must be one of "A", "B"',
    ],
    [{ people: {}, rows: [{ table: "t", values: { a: 3 } }] }, "verification.rows[0].values.a: it must be a text"],
    [{ people: {}, rows: [{ table: "t", values: 3 }] }, "verification.rows[0].values: it must be"],
    [{ people: {}, fixtures: { t: { a: [] } } }, "verification.fixtures.t.a: it must be a text, a number"],
  ])("is refused by its property and what to write: %j", (declared, message) => {
    expect(() => checkDeclaration(declared)).toThrow(message);
  });
});
