import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { filesForApplication, refuseMissingPackages } from "../../infra/contract/application.ts";
import { createTestFolder } from "../support/folder.ts";

const files = Object.fromEntries(
  [
    "database.ts",
    "channels.ts",
    "channels-react.ts",
    "channels/presence.ts",
    "channels/use-presence.ts",
    "next/proxy.ts",
  ].map((path) => [path, ""]),
);
const everywhere = ["database.ts", "channels.ts", "channels/presence.ts"];

function application(manifest: object) {
  const folder = createTestFolder();
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  return folder;
}

describe("the parts of a contract for Next.js and React", () => {
  const partsFor = (folder: string, given = files) => {
    const { files: written, missing } = filesForApplication(join(folder, "src/contract"), given);
    return { paths: Object.keys(written), missing };
  };

  it("are left out where the application has neither", () => {
    const folder = application({ dependencies: { "@supabase/supabase-js": "2" } });
    expect(partsFor(folder)).toEqual({ paths: everywhere, missing: ["next", "react"] });
    expect(partsFor(folder, { "database.ts": "" })).toEqual({ paths: ["database.ts"], missing: [] });
  });

  it("are written for what its package.json asks for, installed or not", () => {
    expect(partsFor(application({ dependencies: { next: "16" }, devDependencies: { react: "19" } }))).toEqual({
      paths: Object.keys(files),
      missing: [],
    });
    expect(partsFor(application({ peerDependencies: { react: "19" } }))).toEqual({
      paths: Object.keys(files).filter((path) => path !== "next/proxy.ts"),
      missing: ["next"],
    });
  });

  it("are written for what is found from the folder, as in a workspace", () => {
    const folder = application({});
    mkdirSync(join(folder, "node_modules/react"), { recursive: true });
    writeFileSync(join(folder, "node_modules/react/package.json"), "{}");
    expect(partsFor(folder).missing).toEqual(["next"]);
  });
});

describe("an application without the packages that its contract needs", () => {
  const refuse = (client: string, tools: readonly string[], installed: readonly string[] = [], more = {}) => {
    const folder = createTestFolder();
    for (const [file, text] of Object.entries<string>(more)) writeFileSync(join(folder, file), text);
    for (const name of installed) {
      mkdirSync(join(folder, "node_modules", name), { recursive: true });
      writeFileSync(join(folder, "node_modules", name, "package.json"), '{ "version": "7.1.0" }');
    }
    const manifest = { peerDependencies: { "@prisma/client": client, zod: "^4" }, peerDependenciesMeta: {} };
    refuseMissingPackages(join(folder, "contract"), { "package.json": JSON.stringify(manifest) }, tools);
  };

  it("is told of all of them at once, those too with which the contract is written", () => {
    expect(() => refuse("7.1.0", ["prisma", "typescript"])).toThrow(
      /has no @prisma\/client, zod, prisma, typescript, .* used\. Install them there, then run this again:\n\n {2}npm install "@prisma\/client@7\.1\.0" "zod@\^4"\n {2}npm install --save-dev prisma@7 typescript\n$/,
    );
    expect(() => refuse(">=6.16 <7", ["prisma"])).toThrow("npm install --save-dev prisma@6\n");
    const installed = ["@prisma/client", "zod"];
    expect(() => refuse("7.1.0", ["typescript"], installed)).toThrow(
      /has no typescript, .* written\. Install it there, then run this again:\n\n {2}npm install --save-dev typescript\n$/,
    );
    expect(() => refuse("7.1.0", [], installed)).not.toThrow();
  });

  it.each([
    ["pnpm-lock.yaml", "pnpm add", "--save-dev"],
    ["yarn.lock", "yarn add", "--dev"],
    ["bun.lock", "bun add", "--dev"],
    ["package-lock.json", "npm install", "--save-dev"],
  ])("is told to install them with its own package manager, by %s", (lockFile, add, development) => {
    expect(() => refuse("7.1.0", ["typescript"], [], { [lockFile]: "" })).toThrow(
      `${add} "@prisma/client@7.1.0" "zod@^4"\n  ${add} ${development} typescript\n`,
    );
  });
});
