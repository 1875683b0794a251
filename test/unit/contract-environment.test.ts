import { describe, expect, it } from "vitest";
import { EnvironmentError, readEnvironment } from "../../infra/contract/environment/read.ts";
import { adviceOf, environmentSchema, platformVariables } from "../../infra/contract/environment/variables.ts";
import { environment } from "../../stacks/environment.ts";
import { anonToken, completeEnvironment, serviceToken, wrongValues } from "../support/contract-environment.ts";

const read = (values: Readonly<Record<string, string | undefined>>) =>
  readEnvironment(environmentSchema(environment), values, adviceOf(environment));

describe("the environment", () => {
  it("is what was set, when everything is there", () => {
    expect(read(completeEnvironment)).toEqual(completeEnvironment);
    expect(read({ ...completeEnvironment, GROQ_API_KEY: "gsk_0123456789", PATH: "/bin" })).toEqual({
      ...completeEnvironment,
      GROQ_API_KEY: "gsk_0123456789",
    });
  });

  it("may have the older keys, which are tokens", () => {
    const values = { NEXT_PUBLIC_SUPABASE_ANON_KEY: anonToken, SUPABASE_SERVICE_ROLE_KEY: serviceToken };
    expect(read({ ...completeEnvironment, ...values })).toMatchObject(values);
  });

  it("may leave out what is optional, also by an empty value", () => {
    expect(read({ ...completeEnvironment, OPENAI_API_KEY: "" })).toEqual(completeEnvironment);
  });

  it.each(Object.keys(platformVariables))("is refused without %s, and the message says where to find it", (name) => {
    for (const value of [undefined, ""]) {
      const error = errorOf({ ...completeEnvironment, [name]: value });
      expect(error.problems).toEqual([`${name} is missing. ${environment[name]?.advice}`]);
      expect(error.message).toMatch(
        /^An environment variable is missing or wrong:\n {2}- .*\nSet them in \.env\.local/,
      );
    }
  });

  it.each(wrongValues)("is refused with %s=%s", (name, value, problem) => {
    const error = errorOf({ ...completeEnvironment, [name]: value });
    expect(error.problems).toEqual([expect.stringMatching(problem)]);
    expect(error.problems[0]).toMatch(new RegExp(`^${name} `));
    // A message ends up in a log, and the value may be a secret that only stands in the wrong place.
    expect(error.message).not.toContain(value.trim());
  });

  it("is refused with every problem at once", () => {
    expect(errorOf({ NODE_ENV: "staging" }).problems).toHaveLength(Object.keys(platformVariables).length);
    expect(errorOf({}).message).toContain("7 environment variables are missing or wrong");
  });
});

function errorOf(values: Readonly<Record<string, string | undefined>>): EnvironmentError {
  try {
    read(values);
  } catch (error) {
    if (error instanceof EnvironmentError) return error;
    throw error;
  }
  throw new Error("the environment was accepted");
}
