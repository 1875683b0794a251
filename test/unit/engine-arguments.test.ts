import { describe, expect, it } from "vitest";
import { readPulumiArguments } from "../../infra/local/pulumi-arguments.ts";

const read = (line: string) => readPulumiArguments(line.split(" ").filter((word) => word !== ""));

describe("a Pulumi command line", () => {
  it.each([
    ["up --stack staging", "staging"],
    ["up --stack=staging", "staging"],
    ["preview -s acme/palisade/prod --diff", "prod"],
    ["preview -sprod", "prod"],
    ["stack init --secrets-provider passphrase staging", "staging"],
    ["stack select organization/palisade/prod", "prod"],
    ["stack rm prod --yes", "prod"],
    ["up", undefined],
    ["stack output url", undefined],
    ["config set --secret stack prod", undefined],
  ])("%s is about the stack %s", (line, stack) => {
    expect(read(line).stack).toBe(stack);
  });

  it.each([
    "up",
    "update",
    "preview",
    "pre",
    "refresh",
    "import a b c",
    "destroy",
    "dn",
    "-C folder up",
    "--color never up",
  ])("%s needs a stack and a database", (line) => {
    expect(read(line)).toMatchObject({ needsStack: true, usesDatabase: true });
  });

  it.each(["stack", "stack export", "config", "state delete x", "cancel", "logs"])("%s needs a stack alone", (line) => {
    expect(read(line)).toMatchObject({ needsStack: true, usesDatabase: false });
  });

  it.each(["", "version", "login", "whoami", "stack ls", "stack init x", "stack select x", "stack rm x", "up --help"])(
    "%j needs neither",
    (line) => {
      expect(read(line)).toMatchObject({ needsStack: false, usesDatabase: false });
    },
  );

  it.each(["up --yes", "up -y", "up --skip-preview", "up -f"])("%s is decided", (line) => {
    expect(read(line).isDecided).toBe(true);
  });

  it.each(["up", "up --yes=false", "up --message --yes", "up --diff"])("%s is not", (line) => {
    expect(read(line).isDecided).toBe(false);
  });

  it("may set the connection for itself", () => {
    expect(read("up -c palisade:connection=DIRECT_URL").setsConnection).toBe(true);
    expect(read("up --config=palisade:connection=DIRECT_URL").setsConnection).toBe(true);
    expect(read("up --config other:connection=X").setsConnection).toBe(false);
  });
});
