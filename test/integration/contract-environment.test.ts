import { beforeAll, describe, expect, it, vi } from "vitest";
import { load, prepareApplication } from "../support/contract-application.ts";
import { anonToken, completeEnvironment, serviceToken, wrongValues } from "../support/contract-environment.ts";

interface ServerModule {
  readonly serverEnv: Readonly<Record<string, string | undefined>>;
}
interface PublicModule {
  readonly publicEnv: Readonly<Record<string, string | undefined>>;
}

beforeAll(prepareApplication);

describe("the contract's environment", () => {
  it("is what was set, the public part without anything that is not for browsers", async () => {
    const { serverEnv } = await loadWith<ServerModule>("env/server.ts", completeEnvironment);
    expect(serverEnv).toEqual(completeEnvironment);
    const { publicEnv } = await loadWith<PublicModule>("env/public.ts", completeEnvironment);
    expect(Object.keys(publicEnv).sort()).toEqual([
      "NEXT_PUBLIC_APP_URL",
      "NEXT_PUBLIC_SUPABASE_ANON_KEY",
      "NEXT_PUBLIC_SUPABASE_URL",
    ]);
  });

  it("may have the older keys, which are tokens", async () => {
    const values = { NEXT_PUBLIC_SUPABASE_ANON_KEY: anonToken, SUPABASE_SERVICE_ROLE_KEY: serviceToken };
    const { serverEnv } = await loadWith<ServerModule>("env/server.ts", { ...completeEnvironment, ...values });
    expect(serverEnv).toMatchObject(values);
  });

  it("may leave out what is optional, also by an empty value", async () => {
    const { serverEnv } = await loadWith<ServerModule>("env/server.ts", { ...completeEnvironment, OPENAI_API_KEY: "" });
    expect(serverEnv).toEqual(completeEnvironment);
  });

  it.each(Object.keys(completeEnvironment))("stops a server at once that lacks %s", async (name) => {
    await expect(loadWith("env/server.ts", { ...completeEnvironment, [name]: "" })).rejects.toMatchObject({
      name: "EnvironmentError",
      problems: [expect.stringMatching(new RegExp(`^${name} is missing\\. It is|^${name} is missing\\. Next`))],
    });
  });

  it.each(wrongValues)("stops a server at once that has %s=%s", async (name, value, problem) => {
    const loading = loadWith("env/server.ts", { ...completeEnvironment, [name]: value });
    await expect(loading).rejects.toMatchObject({
      name: "EnvironmentError",
      problems: [expect.stringMatching(problem)],
      // A message ends up in a log, and the value may be a secret that only stands in the wrong place.
      message: expect.not.stringContaining(value.trim()),
    });
  });

  it("stops a browser at once that was given a secret key as the public one", async () => {
    for (const [name, value, problem] of wrongValues.filter(([name]) => name === "NEXT_PUBLIC_SUPABASE_ANON_KEY")) {
      await expect(loadWith("env/public.ts", { ...completeEnvironment, [name]: value })).rejects.toThrow(problem);
    }
  });

  it("lists every problem, public and secret, in one message", async () => {
    await expect(loadWith("env/server.ts", { NODE_ENV: "staging" })).rejects.toThrow(
      /^7 environment variables are missing or wrong:\n( {2}- \w+ [^\n]+\n){7}Set them in \.env\.local/,
    );
  });

  it("does not load its secret part where there is a document", async () => {
    vi.stubGlobal("document", {});
    await expect(loadWith("env/server.ts", completeEnvironment)).rejects.toThrow(/for the server alone/);
    vi.unstubAllGlobals();
  });
});

/** Loads a module anew, under this environment and nothing of ours that has the same names. */
async function loadWith<Module>(path: string, environment: Readonly<Record<string, string>>): Promise<Module> {
  vi.resetModules();
  vi.unstubAllEnvs();
  for (const name of Object.keys(completeEnvironment)) vi.stubEnv(name, environment[name]);
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  try {
    return await load<Module>(`contract/${path}`);
  } finally {
    vi.unstubAllEnvs();
  }
}
