import { describe, expect, it } from "vitest";
import { DatabaseError, InputError, sqlStateOf, toInputError } from "../../infra/errors/errors.ts";

const refused = Object.assign(new Error('role "nobody" does not exist'), { code: "42704", hint: "Make it first." });

describe("an error for a person", () => {
  it("names the property of each thing that is wrong, and keeps it apart", () => {
    const problems = [
      { path: ["owner"], message: "there is no such role; leave it out" },
      { path: ["policies", "a b", "using"], message: "it is missing" },
    ];
    const error = new InputError(problems, { resource: "public.tasks" });
    expect(error.message).toBe('owner: there is no such role; leave it out\npolicies["a b"].using: it is missing');
    expect(error).toMatchObject({ problems, resource: "public.tasks", code: "invalid" });
  });

  it("says what PostgreSQL said of which object, with its code", () => {
    const error = toInputError(refused, "public.tasks");
    expect(error).toBeInstanceOf(DatabaseError);
    expect(error).toMatchObject({ code: "42704", resource: "public.tasks" });
    expect(error.message).toBe('public.tasks: role "nobody" does not exist. Make it first. (SQLSTATE 42704)');
  });

  it("is described once, however often it is passed on", () => {
    const error = toInputError(refused, "public.tasks");
    expect(toInputError(error, "public.members")).toBe(error);
    // Whoever waits for a lock has waited already when this is thrown.
    expect(sqlStateOf(new DatabaseError("no lock could be had", "55P03"))).toBeUndefined();
  });

  it("is one although nobody knows its code", () => {
    expect(toInputError(new Error("the socket was closed"), "public.tasks")).toMatchObject({
      message: "public.tasks: the socket was closed",
      code: "failed",
    });
  });
});
