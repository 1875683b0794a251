import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { run as down } from "../../infra/cli/down.ts";
import { removeLocalState } from "../../infra/engine/state/local-state.ts";
import { createTestFolder } from "../support/folder.ts";

function createProject(...stacks: readonly string[]) {
  const directory = createTestFolder();
  writeFileSync(join(directory, "Pulumi.yaml"), "name: example\n");
  const state = join(directory, ".palisade", "state");
  const write = (path: string, text = "{}") => {
    mkdirSync(dirname(join(state, ".pulumi", path)), { recursive: true });
    writeFileSync(join(state, ".pulumi", path), text);
  };
  for (const stack of stacks) {
    write(`stacks/example/${stack}.json`);
    write(`stacks/example/${stack}.json.bak`);
    write(`history/example/${stack}/${stack}-1.history.json`);
  }
  return { directory, state, write, has: (path: string) => existsSync(join(state, ".pulumi", path)) };
}

describe("removing the local state", () => {
  it("removes the whole folder when it holds the local stack alone", () => {
    const { directory, state } = createProject("dev");
    expect(removeLocalState(directory)).toEqual([]);
    expect(existsSync(state)).toBe(false);
  });

  it("keeps every other stack, whose database is a real one", () => {
    const { directory, has } = createProject("dev", "prod");
    expect(removeLocalState(directory)).toEqual(["prod"]);
    expect(has("stacks/example/dev.json")).toBe(false);
    expect(has("stacks/example/dev.json.bak")).toBe(false);
    expect(has("history/example/dev")).toBe(false);
    expect(has("stacks/example/prod.json")).toBe(true);
    expect(has("history/example/prod")).toBe(true);
  });

  it("keeps the local stack too once it names a real database", () => {
    const { directory, has } = createProject("dev");
    writeFileSync(join(directory, "Pulumi.dev.yaml"), "config:\n  palisade:connection: DIRECT_URL\n");
    expect(removeLocalState(directory)).toEqual(["dev"]);
    expect(has("stacks/example/dev.json")).toBe(true);
  });

  it.each(["config: {palisade:connection: DIRECT_URL}\n", "environment: [production]\n"])(
    "keeps it wherever it isn't certain to be the local one: %j",
    (text) => {
      const { directory, has } = createProject("dev");
      writeFileSync(join(directory, "Pulumi.dev.yaml"), text);
      expect(removeLocalState(directory)).toEqual(["dev"]);
      expect(has("stacks/example/dev.json")).toBe(true);
      writeFileSync(join(directory, "Pulumi.dev.yaml"), "config: [\n");
      expect(() => removeLocalState(directory)).toThrow(/Pulumi\.dev\.yaml can't be read/);
      expect(has("stacks/example/dev.json")).toBe(true);
    },
  );

  it("refuses where the stack was deployed to another database, and says how to go on", () => {
    const { directory, state, has, write } = createProject("dev");
    const resources = [{ type: "pulumi:providers:palisade", inputs: { connection: "PROD_URL" } }];
    const checkpoint = JSON.stringify({ version: 3, checkpoint: { latest: { resources } } });
    write("stacks/example/dev.json", checkpoint);
    expect(() => removeLocalState(directory)).toThrow(
      /another database, the one that PROD_URL names.*stack rm dev --force/s,
    );
    write("stacks/example/dev.json", "");
    write("stacks/example/dev.json.bak", checkpoint);
    expect(() => removeLocalState(directory)).toThrow(/PROD_URL/);
    expect(has("stacks/example/dev.json.bak")).toBe(true);
    rmSync(join(state, ".pulumi", "stacks", "example", "dev.json"));
    expect(removeLocalState(directory)).toEqual([]);
  });

  it("keeps the stacks that the project had under another name, and those with longer names", () => {
    const { directory, has, write } = createProject("dev");
    write("stacks/earlier/prod.json");
    write("stacks/example/dev.json.json");
    expect(removeLocalState(directory)).toEqual(["dev.json"]);
    expect(has("stacks/earlier/prod.json")).toBe(true);
    expect(has("stacks/example/dev.json.json")).toBe(true);
    expect(has("stacks/example/dev.json")).toBe(false);
  });

  it("refuses while an update may be running", () => {
    const { directory, has, write } = createProject("dev");
    write("locks/organization/example/dev/1.json");
    expect(() => removeLocalState(directory)).toThrow(
      /the stack dev has a lock that can't be read .*, so an update of it may be running/,
    );
    expect(has("stacks/example/dev.json")).toBe(true);
  });

  it("is content when there is nothing", () => {
    const { directory } = createProject();
    expect(removeLocalState(directory)).toEqual([]);
  });
});

describe("npm run down", () => {
  const said: string[] = [];
  beforeEach(() => {
    said.length = 0;
    vi.spyOn(console, "error").mockImplementation((line: string) => void said.push(line));
  });
  afterEach(() => vi.restoreAllMocks());

  it("says of each state that it keeps whether it was of the local database, and then how to remove it", async () => {
    const { directory, write } = createProject("dev", "old", "prod", "test", "torn");
    writeFileSync(join(directory, "Pulumi.prod.yaml"), "config: {palisade:connection: DIRECT_URL}\n");
    writeFileSync(join(directory, "Pulumi.torn.yaml"), "config: [\n");
    const resources = [{ type: "pulumi:providers:palisade", inputs: { connection: "OLD_URL" } }];
    write("stacks/example/old.json", JSON.stringify({ checkpoint: { latest: { resources } } }));
    expect(await down([], directory)).toBe(0);
    expect(said.slice(1)).toEqual([
      "Kept the state of old, which may be on another database.",
      "Kept the state of prod, which may be on another database.",
      "Kept the state of test, although it names no database and so was on the local one; to remove it: npm run pulumi -- stack rm test --force --preserve-config",
      "Kept the state of torn, which may be on another database.",
    ]);
  });

  it("says what it has removed, and of nothing that there was nothing", async () => {
    const { directory } = createProject("dev");
    await down([], directory);
    await down([], directory);
    expect(said).toEqual([
      "There was no local database; removed its state.",
      "There was no local database, and no state of one.",
    ]);
  });
});
