import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { connectionSettings, describeConnectionSource, readConnectionString } from "../../infra/database/connection.ts";
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

describe("a connection string of libpq", () => {
  it.each([
    [
      "postgresql://alice:pw@db.example.com/app",
      { host: "db.example.com", port: 5432, user: "alice", database: "app" },
    ],
    ["postgresql://alice@[::1]:5433/app", { host: "::1", port: 5433, ssl: false }],
    [
      "postgresql:///app?host=/var/run/postgresql",
      { host: "/var/run/postgresql", port: 5432, database: "app", ssl: false },
    ],
    ["postgresql://alice@/app?host=/tmp&port=6543", { host: "/tmp", port: 6543, user: "alice", ssl: false }],
    [
      "postgresql://%2Fvar%2Frun%2Fpostgresql/app?sslmode=require",
      { host: "/var/run/postgresql", database: "app", ssl: false },
    ],
    [
      "postgresql://?host=db.example.com&user=alice&password=p%26w&dbname=app&port=5433",
      { host: "db.example.com", port: 5433, user: "alice", password: "p&w", database: "app" },
    ],
    ["postgresql://localhost/app?options=-c%20statement_timeout%3D5s", { options: "-c statement_timeout=5s" }],
    ["postgresql://localhost/app?connect_timeout=3", { connectionTimeoutMillis: 3000 }],
    ["postgresql://localhost/app?connect_timeout=0", { connectionTimeoutMillis: 0 }],
    ["postgresql://localhost/a%2Fb%20c", { database: "a/b c" }],
    [
      "postgresql://localhost/app?channel_binding=prefer&gssencmode=prefer&keepalives=1&application_name=x",
      { database: "app" },
    ],
    ["postgresql://localhost/app?schema=other&connection_limit=1&pgbouncer=true", { database: "app" }],
    ["  postgresql://localhost/app\n", { database: "app" }],
  ])("means what libpq means by it: %s", (url, expected) => {
    expect(connectionSettings(url).client).toMatchObject(expected);
  });

  it.each([
    ["host=Xhost dbname=app password=Xsecond", "the connection string is a list of key=value; write it as a URL"],
    ["service=prod", "the connection string names a service, and services are not read here"],
    ["postgresql://localhost/app?service=prod", "the connection string has service, and services are not read here"],
    ["postgresql://u:Xfirst@one:5432,two:5432/app", "the connection string names several hosts"],
    ["postgresql://one,two/app", "the connection string names several hosts"],
    ["postgresql:///app?host=one,two", "the connection string names several hosts"],
    ["postgresql://localhost/app?host=one&port=5432,5433", "the connection string names several hosts"],
    ["postgresql://localhost:99999/app?port=Xport", "is not a URL"],
    ["postgresql://localhost/app?port=Xport", "the port in the connection string must be a number"],
    ["postgresql://db.example.com/app?port=6543", "db.example.com:6543/app is the pooler's transaction mode"],
    [
      "postgresql://localhost/app?channel_binding=require",
      "the connection string has channel_binding, which can be disable or prefer here",
    ],
    [
      "postgresql://localhost/app?gssencmode=require",
      "the connection string has gssencmode, which can be disable or prefer here",
    ],
    ["postgresql://localhost/app?require_auth=scram-sha-256", "the connection string has require_auth"],
    ["postgresql://localhost/app?target_session_attrs=standby", "since a deployment writes"],
    ["postgresql://localhost/app?sslcrl=Xfile", "lists of revoked certificates are not read here"],
    ["postgresql://localhost/app?sslmod=verify-full", "the parameter sslmod, which PostgreSQL's clients don't know"],
    [
      "postgresql://localhost/app?connect_timeout=Xsoon",
      "connect_timeout in the connection string must be a whole number of seconds",
    ],
    ["postgresql://u:12/Xfirst@one,two/app", "an @ or a # where none belongs"],
  ])("is refused where it can't be given that meaning, with what to do: %s", (url, message) => {
    expect(show(url)).toContain(message);
    expect(show(url)).not.toMatch(/Xfirst|Xsecond|Xhost|Xport|Xfile|Xsoon/);
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
