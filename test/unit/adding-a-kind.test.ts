import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { projectDirectory } from "../../infra/settings/project-folder.ts";

const read = (file: string) => readFileSync(join(projectDirectory, file), "utf8");

describe("the page on adding a kind", () => {
  const groups = groupsOfKind();
  const [, page = ""] = /\n## Adding a kind\n(.*?)\n## /s.exec(read("CONTRIBUTING.md")) ?? [];
  const sections = page.split(/\n {3}(?=\*\*)/).slice(1);

  it("has the groups of the interface, in their order", () => {
    expect(groups.size).toBeGreaterThan(5);
    expect(sections.map((section) => /^\*\*([\w ]+)\*\*/.exec(section)?.[1])).toEqual([...groups.keys()]);
  });

  it.each([...groups])("names every member that has to do with %s", (group, members) => {
    const section = sections.find((each) => each.startsWith(`**${group}**`)) ?? "";
    const unnamed = members.filter(
      ({ name, isOptional }) => !section.includes(`\`${name}\`${isOptional && name !== "adoptable" ? "?" : ""}`),
    );
    expect(unnamed.map(({ name }) => name)).toEqual([]);
  });

  const places = [...page.matchAll(/^\| `([^`|]+\.ts)` \| ([^|]+) \|/gm)].map(([, file = "", added = ""]) => ({
    file,
    names: [...added.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name),
  }));

  it.each(places)("names what is in $file", ({ file, names }) => {
    const text = read(file);
    expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(text))).toEqual([]);
  });

  it("names files and folders that are there", () => {
    const named = [...page.matchAll(/\b(?:infra|test|docs)\/[\w./-]*\w/g)].map(([path]) => path);
    expect(named.length).toBeGreaterThan(20);
    expect(places.length).toBeGreaterThan(10);
    expect(named.filter((path) => !existsSync(join(projectDirectory, path)))).toEqual([]);
  });
});

interface Member {
  readonly name: string;
  readonly isOptional: boolean;
}

/** The members of `Kind` in the groups that comments like `// Reading: its live objects.` begin. */
function groupsOfKind(): ReadonlyMap<string, readonly Member[]> {
  const text = read("infra/lifecycle/kind.ts");
  const source = ts.createSourceFile("kind.ts", text, ts.ScriptTarget.Latest, true);
  const kind = source.statements.filter(ts.isInterfaceDeclaration).find(({ name }) => name.text === "Kind");
  const groups = new Map<string, Member[]>();
  let members: Member[] | undefined;
  for (const member of kind?.members ?? []) {
    const comments = ts.getLeadingCommentRanges(text, member.getFullStart()) ?? [];
    for (const { pos, end } of comments) {
      const group = /^\/\/ ([\w ]+): /.exec(text.slice(pos, end))?.[1];
      if (group === undefined) continue;
      members = [];
      groups.set(group, members);
    }
    if (members === undefined) throw new Error(`${member.name?.getText()} is in no group of Kind`);
    members.push({ name: member.name?.getText() ?? "", isOptional: member.questionToken !== undefined });
  }
  return groups;
}
