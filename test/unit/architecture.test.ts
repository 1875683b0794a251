import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import dependencyRules from "../../dependency-cruiser.config.mjs";
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
