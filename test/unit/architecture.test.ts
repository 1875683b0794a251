import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import dependencyRules from "../../dependency-cruiser.config.mjs";
import { kinds } from "../../infra/kinds/registry.ts";
import { projectDirectory } from "../../infra/settings/project-folder.ts";

describe("docs/architecture.md", () => {
  const text = readFileSync(join(projectDirectory, "docs/architecture.md"), "utf8");

  it("lists the rooms in the order that the linter keeps", () => {
    const ruled = (dependencyRules.forbidden ?? []).flatMap(
      ({ name }) => /^(.+)-stands-on-rooms-above$/.exec(name ?? "")?.[1] ?? [],
    );
    const listed = [...text.matchAll(/^\| `([a-z]+)` \|/gm)].map(([, room]) => room);
    expect(listed).toEqual(ruled);
    const folders = readdirSync(join(projectDirectory, "infra"), { withFileTypes: true }).filter(
      (entry) => entry.isDirectory() && !["dist", "node_modules"].includes(entry.name),
    );
    expect(folders.map(({ name }) => name).sort()).toEqual([...listed].sort());
  });

  it("names the rooms that know a kind by its name", () => {
    const infra = join(projectDirectory, "infra");
    const knowing = readdirSync(infra, { recursive: true, encoding: "utf8" })
      .map((file) => file.replaceAll("\\", "/"))
      .filter((file) => /^(?!kinds\/|dist\/|node_modules\/)[^/]+\/.*\.ts$/.test(file))
      .filter((file) => knowsKind(readFileSync(join(infra, file), "utf8")));
    const [, rule = ""] = /\*\*A kind is one folder\.\*\*(.*?)\n- \*\*/s.exec(text) ?? [];
    const rooms = [...rule.matchAll(/^ {2}- `([a-z/]+)`/gm)].map(([, room]) => room);
    const unnamed = knowing.filter((file) => !rooms.some((room) => file.startsWith(`${room}/`)));
    expect(unnamed).toEqual([]);
    expect(rooms.filter((room) => !knowing.some((file) => file.startsWith(`${room}/`)))).toEqual([]);
  });

  it("names files that are there", () => {
    const named = [...text.matchAll(/`([a-z-]+\/[a-z/-]+\.m?[jt]s)`/g)].map(([, file = ""]) => file);
    const files = new Set(
      readdirSync(join(projectDirectory, "infra"), { recursive: true, encoding: "utf8" }).map((file) =>
        file.replaceAll("\\", "/"),
      ),
    );
    expect(named.length).toBeGreaterThan(8);
    expect(named.filter((file) => !files.has(file) && !file.startsWith("stacks/"))).toEqual([]);
  });
});

describe("what everybody has to agree on", () => {
  const infra = join(projectDirectory, "infra");
  const sources = readdirSync(infra, { recursive: true, encoding: "utf8" })
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => /\.m?[jt]s$/.test(file) && !/(^|\/)(dist|node_modules)\//.test(file));
  const codeOf = (file: string) =>
    readFileSync(join(infra, file), "utf8")
      .split("\n")
      .filter((line) => !/^\s*(\*|\/\/|\/\*)/.test(line))
      .join("\n");

  it.each([
    ["the ignored folder", /["'`/]\.palisade["'`/]/, "settings/local-files.mjs"],
    ["the program of a new project", /\bstacks\/index\b/, "settings/program-file.ts"],
    ["the local stack", /["'`]dev["'`]|\bPulumi\.dev\b/, "settings/local-stack.ts"],
    ["how a command reads its arguments", /\bparseArgs\b/, "cli/read-options.ts"],
    ["the newest server's version", /(?<![<>!=])[=:] 1[789]0_?000\b/, "catalog/newest-version.ts"],
    ["the client of a contract", /\bprisma\/generated\b/, "contract/files/prisma.ts"],
  ])("is written down once: %s", (_, pattern, place) => {
    expect(sources.length).toBeGreaterThan(500);
    const places = sources.filter((file) => pattern.test(codeOf(file)));
    expect(places).toEqual([place]);
  });
});

/**
 * Whether a source has the name or the type of a kind as a text, or as the first word of one, or anywhere if it is of
 * several words (`TableAccess`), or imports from a kind's folder.
 */
function knowsKind(source: string): boolean {
  const code = source.replaceAll(/\/\*.*?\*\//gs, "").replaceAll(/^\s*\/\/.*$/gm, "");
  const names = kinds.map(({ name }) => name);
  const compound = names.filter((name) => /[a-z][A-Z]/.test(name));
  const first = `["'\`](palisade:index:)?(${names.join("|")})["'\`:/ ]`;
  const folder = `from "\\.\\./(\\.\\./)*kinds/[a-z-]+/`;
  return new RegExp(`${first}|\\b(${compound.join("|")})\\b|${folder}`).test(code);
}
