import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  refuseConnectionArgument,
  refuseMisplacedConnection,
} from "../../infra/engine/running/misplaced-connection.ts";
import { readPulumiArguments } from "../../infra/engine/running/pulumi-arguments.ts";
import { readConnectionSetting } from "../../infra/settings/connection-setting.ts";
import { readProjectIn, readStack, stackFile } from "../../infra/settings/project.ts";
import { createTestFolder } from "../support/folder.ts";

const url = "postgresql://postgres:pa'ss#wo\"rd@db.example.com:5432/postgres";

describe("a connection string where the name of a variable belongs", () => {
  it.each([
    ["plain", `config:\n  palisade:connection: ${url.replace("#", "")}\n  palisade:adopt: "true"\n`],
    ["quoted", `config:\n  "palisade:connection": '${url.replace("'", "''")}'\n`],
    ["in JSON", `config: \n  palisade:connection: ${JSON.stringify(url)} # ours\n`],
    ["encrypted", "config:\n  palisade:connection:\n    secure: v1:AAAA:BBBB==\n"],
    ["as the project's default", `config:\n  palisade:connection:\n    value: ${url}\n`],
    ["in flow style", `config: {palisade:connection: ${JSON.stringify(url)}}\n`],
    ["in the older form of the key", `config:\n  palisade:config:connection: ${JSON.stringify(url)}\n`],
    ["without the project's name, which is the provider's", `config:\n  connection: ${JSON.stringify(url)}\n`],
    ["as a merge", `base: &b {palisade:connection: ${JSON.stringify(url)}}\nconfig:\n  <<: *b\n`],
    ["as an object", "config:\n  palisade:connection: {host: db.example.com, password: hunter2}\n"],
    ["in libpq's other form", "config:\n  palisade:connection: host=db.example.com password=hunter2\n"],
  ])("is refused in a stack's configuration: %s", (_, text) => {
    for (const file of ["Pulumi.prod.yaml", "Pulumi.yaml"]) {
      const folder = createTestFolder();
      writeFileSync(join(folder, "Pulumi.yaml"), "name: palisade\n");
      writeFileSync(join(folder, file), file === "Pulumi.yaml" ? `name: palisade\n${text}` : text);
      const refused = messageOf(() => refuseMisplacedConnection(settingOf(folder, "prod")));
      expect(refused).toContain(
        `palisade:connection in ${file} must be the name of an environment variable, such as DIRECT_URL`,
      );
      expect(refused).not.toMatch(/pa'|wo"rd|hunter2|v1:|db\.example/);
    }
  });

  it.each(["DIRECT_URL", '"DIRECT_URL"', "'DIRECT_URL' # the direct one", "_x1  "])(
    "is told from a name: %s",
    (value) => {
      const folder = createTestFolder();
      const others = `  other:url: ${JSON.stringify(url)}\n`;
      writeFileSync(join(folder, "Pulumi.prod.yaml"), `config:\n  palisade:connection: ${value}\n${others}`);
      writeFileSync(join(folder, "Pulumi.yaml"), "name: palisade\n");
      expect(() => refuseMisplacedConnection(settingOf(folder, "prod"))).not.toThrow();
      expect(settingOf(folder, "dev")).toEqual({ kind: "none" });
    },
  );

  it("is refused where the setting is there and empty, which is neither a name nor the local database", () => {
    const folder = createTestFolder();
    writeFileSync(join(folder, "Pulumi.yaml"), "name: palisade\n");
    for (const value of ["", '""', "~", "# none"]) {
      writeFileSync(join(folder, "Pulumi.prod.yaml"), `config:\n  palisade:connection: ${value}\n`);
      expect(settingOf(folder, "prod")).toEqual({ kind: "misplaced", place: "in Pulumi.prod.yaml" });
    }
  });

  it.each([
    [["preview", "-c", `palisade:connection=${url}`]],
    [["preview", `-yc=palisade:connection=${url}`]],
    [["up", `--config=palisade:connection=${url}`]],
    [["up", "--config-path", "-c", `palisade:["connection"]=${url}`]],
    [["up", "--config-path", "-c", `connection=${url}`]],
    [["config", "set", "palisade:connection", url]],
    [["config", "set", "connection", url]],
    [["config", "set", "--path", "palisade:connection.url", url]],
    [["--stack", "prod", "config", "set", "--secret", "palisade:connection", url]],
    [["config", "set-all", "--secret", `palisade:connection=${url}`]],
    [["config", "set-all", "--json", JSON.stringify({ "palisade:connection": { value: url } })]],
  ])("is refused on the command line: %j", (args) => {
    const refused = messageOf(() => refuseConnectionArgument(readPulumiArguments(args).assignments, "palisade"));
    expect(refused).toContain("palisade:connection on the command line must be the name of an environment variable");
    expect(refused).not.toContain("pa'ss");
  });

  it.each([
    [["preview", "-c", "palisade:connection=DIRECT_URL"]],
    [["config", "set", "palisade:connection", "DIRECT_URL"]],
    [["config", "set", "palisade:connection"]],
    [["config", "set", "ours:url", url]],
    [["config", "set", "connection", url]],
    [["config", "set", "palisade:connections", url]],
    [["up", "--message", url]],
  ])("is no concern of other arguments: %j", (args) => {
    expect(() => refuseConnectionArgument(readPulumiArguments(args).assignments, "other")).not.toThrow();
  });
});

function settingOf(folder: string, stack: string) {
  const project = readProjectIn(folder);
  return readConnectionSetting(project, readStack(project, stackFile(project, stack)));
}

function messageOf(work: () => void): string {
  try {
    work();
  } catch (error) {
    return String(error);
  }
  throw new Error("it was not refused");
}
