import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { connectionSettings, describeConnectionSource, readConnectionString } from "../../infra/provider/connection.ts";
import { createTestFolder } from "../support/folder.ts";

const hardCharacters = "@/?#:'\"\\ %&=+$<>{}`!;[]^|~é🔑1";

describe("a connection string", () => {
  it("gives the password back, whatever it is, when it is percent-encoded", () => {
    fc.assert(
      fc.property(passwords(), (password) => {
        const url = `postgresql://postgres:${encodeURIComponent(password)}@localhost:5432/postgres`;
        const { client, description } = connectionSettings(url);
        expect(client).toMatchObject({
          host: "localhost",
          port: 5432,
          user: "postgres",
          password,
          database: "postgres",
        });
        expect(description).toBe("localhost:5432/postgres");
      }),
    );
  });

  it("gives it back or is refused when it is not, and shows no part of it", () => {
    fc.assert(
      fc.property(passwords(), (password) => {
        const shown = show(`postgresql://postgres:${password}@localhost:5432/postgres`);
        for (const part of ["Xfirst", "Xsecond", "Xthird"]) expect(shown).not.toMatch(new RegExp(part, "i"));
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ["postgresql://postgres:Xfirst@Xsecond/Xthird@localhost:5432/postgres"],
    ["postgresql://postgres:Xfirst@Xsecond?Xthird@localhost:5432/postgres"],
    ["postgresql://postgres:Xfirst@Xsecond#Xthird@localhost:5432/postgres"],
    ["postgresql://postgres:12/Xfirst@localhost:5432/postgres"],
    ["postgresql:/postgres:Xfirst@localhost:5432/postgres"],
  ])("is refused where a character of the password ends it early: %s", (url) => {
    expect(show(url)).toBe(
      "the connection string has an @ or a # where none belongs; it looks like postgresql://user:password@host:5432/postgres, " +
        "and these characters of a password need percent-encoding: / is %2F, ? is %3F, # is %23, @ is %40",
    );
  });
});

describe("the variable that holds it", () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it("is read from the environment, then the stack's .env, then .env; and messages say from which", () => {
    const folder = createTestFolder();
    const read = () => [
      readConnectionString("SOME_URL", folder, "prod"),
      describeConnectionSource("SOME_URL", folder, "prod"),
    ];
    expect(read).toThrow(
      `the environment variable SOME_URL is not set, and the stack's configuration palisade:connection names it: set it, or write it into .env.prod or .env in ${folder}`,
    );
    writeFileSync(join(folder, ".env"), "SOME_URL=postgresql://third\n");
    expect(read()).toEqual(["postgresql://third", "SOME_URL in .env"]);
    writeFileSync(join(folder, ".env.prod"), "# ours\nSOME_URL='postgresql://second'\n");
    expect(read()).toEqual([
      "postgresql://second",
      "SOME_URL in .env.prod (not SOME_URL in .env, which comes after it)",
    ]);
    vi.stubEnv("SOME_URL", "");
    expect(read()[0]).toBe("postgresql://second");
    vi.stubEnv("SOME_URL", "postgresql://first");
    expect(read()).toEqual([
      "postgresql://first",
      "the environment variable SOME_URL (not SOME_URL in .env.prod, which comes after it)",
    ]);
    vi.stubEnv("SOME_URL", "postgresql://second");
    writeFileSync(join(folder, ".env"), "");
    expect(read()[1]).toBe("the environment variable SOME_URL");
  });
});

/** Three parts that can be told, with hard characters around them. */
function passwords(): fc.Arbitrary<string> {
  const hard = fc.string({ unit: fc.constantFrom(...hardCharacters), maxLength: 3 });
  return fc
    .tuple(hard, hard, hard, hard)
    .map(([first, second, third, fourth]) => `${first}Xfirst${second}Xsecond${third}Xthird${fourth}`);
}

/** All that messages have of it: what names the database, or what is wrong. */
function show(url: string): string {
  try {
    return connectionSettings(url).description;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
