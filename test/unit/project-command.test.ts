import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { importCommand } from "../../infra/lifecycle/import-command.ts";
import { resolveCommand } from "../../infra/migrations/history/resolve-command.ts";
import { projectCommand } from "../../infra/settings/project-command.ts";

const urn = "urn:pulumi:prod::project::palisade:index:DatabaseFunction::my function";

describe("a command in a message", () => {
  it("names the stack that the message is about, and is typed as it stands", () => {
    expect(projectCommand("pulumi", ["cancel"], "prod")).toBe("npm run pulumi -- cancel --stack prod");
    expect(projectCommand("preview", [])).toBe("npm run preview");
    expect(
      importCommand("palisade:index:DatabaseFunction", urn, "private.f(text[])", { parents: [], stack: "prod" }),
    ).toBe("npm run pulumi -- import palisade:index:DatabaseFunction 'my function' 'private.f(text[])' --stack prod");
  });

  it("names the stack where it imports with the components above, too", () => {
    const parents = [{ type: "my:app:Part", name: "it's mine" }];
    const command = importCommand("palisade:index:TableAccess", urn, "public.kept", { parents, stack: "prod" });
    expect(command).toMatch(
      /^echo '.*it'\\''s mine.*' > import\.json && npm run pulumi -- import --file import\.json /,
    );
    expect(command).toMatch(/ --stack prod$/);
  });

  it("names the folder of migrations where it is another than the usual one", () => {
    expect(resolveCommand({ stack: "prod", directory: "prisma/migrations" })("--applied", "1_a")).toBe(
      "npm run migrations -- resolve --applied 1_a --stack prod",
    );
    expect(resolveCommand({ stack: "prod", directory: "db/my migrations" })("--rolled-back", "1_a")).toBe(
      "npm run migrations -- resolve --rolled-back 1_a --directory 'db/my migrations' --stack prod",
    );
    expect(resolveCommand()("--applied", "<migration>")).toBe("npm run migrations -- resolve --applied <migration>");
  });

  it("is written by no message for itself, where it acts on a stack", () => {
    const root = join(import.meta.dirname, "../../infra");
    const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((file) => /\.(ts|mjs)$/.test(file));
    const found = files.flatMap((file) =>
      readFileSync(join(root, file), "utf8")
        .split("\n")
        .filter((line) => !/^\s*(\*|\/\/|\/\*\*)/.test(line))
        .filter((line) => actsOnStack.test(line) && !line.startsWith("const usage"))
        .map((line) => `${file}: ${line.trim()}`),
    );
    expect(found).toEqual([]);
  });
});

/** In quotation marks, as a sentence has it; the usage of the command itself begins a line. */
const actsOnStack =
  /\\?`(?:npm run )?(?:pulumi(?: --)? (?:import|config|destroy|refresh|cancel|up|preview|state|stack rm)|migrations -- )/;
