import { describe, expect, it } from "vitest";
import { readPulumiArguments } from "../../infra/engine/running/pulumi-arguments.ts";

const read = (line: string) => readPulumiArguments(line.split(" ").filter((word) => word !== ""));

describe("a Pulumi command line", () => {
  it.each([
    ["up --stack staging", "staging"],
    ["up --stack=staging", "staging"],
    ["preview -s acme/palisade/prod --diff", "acme/palisade/prod"],
    ["preview -sprod", "prod"],
    ["stack init --secrets-provider passphrase staging", "staging"],
    ["stack select organization/palisade/prod", "organization/palisade/prod"],
    ["up -yfs prod", "prod"],
    ["up -s=prod", "prod"],
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

  it.each([
    "up -c palisade:connection=DIRECT_URL",
    "up -cpalisade:connection=DIRECT_URL",
    "up -c=palisade:connection=DIRECT_URL",
    "up -yc palisade:connection=DIRECT_URL",
    "up -yfcpalisade:connection=DIRECT_URL --diff",
    "up --config=palisade:connection=DIRECT_URL",
    "config set palisade:connection DIRECT_URL",
    "config set --path palisade:connection DIRECT_URL --secret",
    "config set-all --plaintext palisade:connection=DIRECT_URL",
    "config set-all --secret=palisade:connection=DIRECT_URL",
    'config set-all --json {"palisade:connection":{"value":"DIRECT_URL"}}',
  ])("%s sets the connection", (line) => {
    expect(read(line).assignments).toEqual([{ key: "palisade:connection", value: "DIRECT_URL" }]);
  });

  it.each([
    "up -m palisade:connection=DIRECT_URL",
    "up --message -cpalisade:connection=DIRECT_URL",
    "config get palisade:connection",
    "stack select -c palisade",
  ])("%s does not", (line) => {
    expect(read(line).assignments).toEqual([]);
  });

  it("says where Pulumi works, and which file it reads", () => {
    const given = { directory: "folder", configFile: "other.yaml" };
    expect(read("up -C folder --config-file other.yaml")).toMatchObject(given);
    expect(read("--cwd=folder up --config-file=other.yaml")).toMatchObject(given);
    expect(read("up -yCfolder --config-file=none.yaml --config-file=other.yaml")).toMatchObject(given);
    expect(read("up --cwd= --config-file=")).toMatchObject({ directory: undefined, configFile: undefined });
  });

  it("is told the letter's meaning by its command", () => {
    expect(read("import -f resources.json -s prod")).toMatchObject({ isDecided: false, stack: "prod" });
    expect(read("stack select -c prod").stack).toBe("prod");
  });
});
