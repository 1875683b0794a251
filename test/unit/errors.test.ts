import { describe, expect, it } from "vitest";
import { DatabaseError, explainServerError, InputError, sqlStateOf } from "../../infra/errors/errors.ts";
import { remove } from "../../infra/lifecycle/apply.ts";
import type { Context } from "../../infra/lifecycle/context.ts";
import type { Kind } from "../../infra/lifecycle/kind.ts";
import { PreviewedStates } from "../../infra/lifecycle/previewed-states.ts";
import { unary } from "../../infra/provider/unary.ts";
import { unconnected } from "../integration/truth/direct.ts";

const refused = Object.assign(new Error('role "nobody" does not exist'), { code: "42704", hint: "Make it first." });

describe("an error for a person", () => {
  it("names the property of each thing that is wrong, and keeps it apart", () => {
    const problems = [
      { path: ["owner"], message: "there is no such role; leave it out" },
      { path: ["policies", "a b", "using"], message: "it is missing" },
    ];
    const error = new InputError(problems);
    expect(error.message).toBe('owner: there is no such role; leave it out\npolicies["a b"].using: it is missing');
    expect(error.problems).toEqual(problems);
  });

  it("says what PostgreSQL said of which object, with its code", () => {
    const error = explainServerError(refused, "public.tasks");
    expect(error).toBeInstanceOf(DatabaseError);
    expect(error).toMatchObject({ sqlState: "42704", cause: refused });
    expect((error as Error).message).toBe(
      'public.tasks: role "nobody" does not exist. Make it first. (SQLSTATE 42704)',
    );
  });

  it("is described once, however often it is passed on", () => {
    const error = explainServerError(refused, "public.tasks");
    expect(explainServerError(error, "public.members")).toBe(error);
    // Whoever waits for a lock has waited already when this is thrown.
    expect(sqlStateOf(new DatabaseError("no lock could be had", "55P03"))).toBeUndefined();
  });
});

/** What the engine prints when a provider call fails with the error. */
async function answerTo(work: () => Promise<unknown>): Promise<string> {
  const { details } = await new Promise<{ details: string }>((resolve) => {
    unary(work)({} as never, resolve as never);
  });
  return details;
}

/** Removes an object of a kind with a bug: what happens in a transaction is no different from an update. */
function removeWith(bug: () => never): Promise<void> {
  const operation = unconnected();
  const database = { transaction: (work: (session: unknown) => Promise<unknown>) => work(undefined) };
  operation.database = () => Promise.resolve(database as never);
  const kind = { name: "Broken", claims: () => [], scope: bug } as unknown as Kind;
  const context: Context = { operation, urn: "urn", previewed: new PreviewedStates(), report: () => undefined };
  return remove(kind, "public.tasks", { inputs: {}, kept: {} }, context);
}

describe("a bug of the provider", () => {
  const breakDown = (): never => {
    throw new TypeError("it is not a function", {
      cause: new Error("of postgresql://me:secret@localhost/postgres"),
    });
  };

  it("stays one when a transaction fails with it", async () => {
    await expect(removeWith(breakDown)).rejects.toBeInstanceOf(TypeError);
  });

  it("reaches the user as ours, with where to report it and its stack, and without a password", async () => {
    const answer = await answerTo(() => removeWith(breakDown));
    expect(answer).toMatch(/^it is not a function\. This is a bug in Palisade, .* open an issue .*SECURITY\.md/);
    expect(answer).toMatch(/\nTypeError: it is not a function\n +at .*breakDown .*errors\.test\.ts/);
    expect(answer).toMatch(/\ncaused by Error: of postgresql:\/\/me:\[secret\]@localhost\/postgres\n +at /);
    expect(answer).not.toContain(":secret@");
  });

  it("is neither a mistake of the program, nor what the server or the system says", async () => {
    const failures = [
      new InputError("there is no such role; leave it out"),
      refused,
      Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }),
    ];
    const answers = await Promise.all(failures.map((failure) => answerTo(() => Promise.reject(failure))));
    expect(answers).toEqual([
      "there is no such role; leave it out",
      'role "nobody" does not exist. Make it first. (SQLSTATE 42704)',
      "read ECONNRESET",
    ]);
  });
});
