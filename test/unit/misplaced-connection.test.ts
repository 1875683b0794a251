import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { refuseConnectionArgument, refuseMisplacedConnection } from "../../infra/local/misplaced-connection.ts";
import { createTestFolder } from "../support/folder.ts";

const url = "postgresql://postgres:pa'ss#wo\"rd@db.example.com:5432/postgres";

describe("a connection string where the name of a variable belongs", () => {
  it.each([
    ["plain", `config:\n  palisade:connection: ${url}\n  palisade:adopt: "true"\n`],
    ["quoted", `config:\n  "palisade:connection": '${url.replace("'", "''")}'\n`],
    ["in JSON", `config: \n  palisade:connection: ${JSON.stringify(url)} # ours\n`],
    ["encrypted", "config:\n  palisade:connection:\n    secure: v1:AAAA:BBBB==\n"],
    ["as the project's default", `config:\n  palisade:connection:\n    value: ${url}\n`],
    ["in libpq's other form", "config:\n  palisade:connection: host=db.example.com password=hunter2\n"],
  ])("is refused in a stack's configuration: %s", (_, text) => {
    for (const file of ["Pulumi.prod.yaml", "Pulumi.yaml"]) {
      const folder = createTestFolder();
      writeFileSync(join(folder, file), text);
      const refused = messageOf(() => refuseMisplacedConnection(folder, "prod"));
      expect(refused).toContain(
        `palisade:connection in ${file} must be the name of an environment variable, such as DIRECT_URL`,
      );
      expect(refused).not.toMatch(/pa'|wo"rd|hunter2|v1:|db\.example/);
    }
  });

  it.each(["DIRECT_URL", '"DIRECT_URL"', "'DIRECT_URL' # the direct one", "_x1  ", "", "# none", '""'])(
    "is told from a name, or from nothing: %s",
    (value) => {
      const folder = createTestFolder();
      writeFileSync(
        join(folder, "Pulumi.prod.yaml"),
        `config:\n  palisade:connection: ${value}\n  other:url: ${url}\n`,
      );
      expect(() => refuseMisplacedConnection(folder, "prod")).not.toThrow();
      expect(() => refuseMisplacedConnection(folder, "dev")).not.toThrow();
    },
  );

  it.each([
    ["preview", "-c", `palisade:connection=${url}`],
    ["up", `--config=palisade:connection=${url}`],
    ["config", "set", "palisade:connection", url],
    ["--stack", "prod", "config", "set", "--secret", "palisade:connection", url],
  ])("is refused on the command line: %s %s %s", (...args) => {
    const refused = messageOf(() => refuseConnectionArgument(args));
    expect(refused).toContain("palisade:connection on the command line must be the name of an environment variable");
    expect(refused).not.toContain("pa'ss");
  });

  it.each([
    ["preview", "-c", "palisade:connection=DIRECT_URL"],
    ["config", "set", "palisade:connection", "DIRECT_URL"],
    ["config", "set", "palisade:connection"],
    ["config", "set", "ours:url", url],
    ["up", "--message", url],
  ])("is no concern of other arguments: %s %s %s", (...args) => {
    expect(() => refuseConnectionArgument(args)).not.toThrow();
  });
});

function messageOf(work: () => void): string {
  try {
    work();
  } catch (error) {
    return String(error);
  }
  throw new Error("it was not refused");
}
