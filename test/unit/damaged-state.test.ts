import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { restoreDamagedState } from "../../infra/engine/state/damaged-state.ts";
import { createTestFolder } from "../support/folder.ts";

const whole = (note: string) => JSON.stringify({ version: 3, checkpoint: { stack: note } });

function createState(files: Readonly<Record<string, string>>) {
  const state = createTestFolder();
  const place = (name: string) => join(state, ".pulumi", name);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(place(name)), { recursive: true });
    writeFileSync(place(name), text);
  }
  return {
    read: (name: string) => (existsSync(place(name)) ? readFileSync(place(name), "utf8") : undefined),
    restore: (stack = "dev") => restoreDamagedState({ state, project: "example", stack }),
  };
}

describe("a stack's state on a disk that was full", () => {
  it.each(["", "   ", "null", whole("cut off").slice(0, 30)])(
    "is put back from its copy where it is %j, and kept aside",
    (damaged) => {
      const { read, restore } = createState({
        "stacks/example/dev.json": damaged,
        "stacks/example/dev.json.bak": whole("before the last change"),
      });
      expect(restore()).toMatch(/state of the stack dev was damaged.*dev\.json\.bak, its newest copy/);
      expect(read("stacks/example/dev.json")).toBe(whole("before the last change"));
      expect(read("stacks/example/dev.json.damaged")).toBe(damaged);
      expect(restore()).toBeUndefined();
    },
  );

  it("is put back from the newest of Pulumi's backups where the copy beside it is damaged too", () => {
    const { read, restore } = createState({
      "stacks/example/dev.json": "",
      "stacks/example/dev.json.bak": "",
      "backups/example/dev/dev.1795644171572210927.json": whole("older"),
      "backups/example/dev/dev.1795644171572210928.json": whole("newer"),
      "backups/example/dev/dev.1795644171572210929.json": "",
    });
    restore();
    expect(read("stacks/example/dev.json")).toBe(whole("newer"));
  });

  it("is refused without a copy, with what to do, and left as it is", () => {
    const { read, restore } = createState({ "stacks/example/dev.json": "", "stacks/example/prod.json": "{" });
    expect(() => restore()).toThrow(/dev\.json, is damaged.*npm run down/s);
    expect(() => restore("prod")).toThrow(/prod\.json, is damaged.*Put back a copy of your own/s);
    expect(read("stacks/example/prod.json")).toBe("{");
  });

  it("is left alone where it is whole, or where the stack was removed", () => {
    const { read, restore } = createState({
      "stacks/example/dev.json": whole("now"),
      "stacks/example/dev.json.bak": whole("before"),
      "stacks/example/gone.json.bak": whole("before it was removed"),
      "meta.yaml": "version: 1\n",
    });
    expect(restore()).toBeUndefined();
    expect(restore("gone")).toBeUndefined();
    expect(read("stacks/example/dev.json")).toBe(whole("now"));
  });

  it("is rid of tags that Pulumi could not read", () => {
    const { read, restore } = createState({
      "stacks/example/dev.json": whole("now"),
      "stacks/example/dev.pulumi-tags": "",
      "stacks/example/prod.json": whole("now"),
      "stacks/example/prod.pulumi-tags": '{"tags":{}}',
    });
    restore();
    restore("prod");
    expect(read("stacks/example/dev.pulumi-tags")).toBeUndefined();
    expect(read("stacks/example/prod.pulumi-tags")).toBe('{"tags":{}}');
  });

  it("is rid of entries of its history that are empty", () => {
    const { read, restore } = createState({
      "stacks/example/dev.json": whole("now"),
      "history/example/dev/dev-1.history.json": "",
      "history/example/dev/dev-2.history.json": "{}",
    });
    restore();
    expect(read("history/example/dev/dev-1.history.json")).toBeUndefined();
    expect(read("history/example/dev/dev-2.history.json")).toBe("{}");
  });

  it("has its layout again where Pulumi's note of it is empty", () => {
    const { read, restore } = createState({ "stacks/example/dev.json": whole("now"), "meta.yaml": "" });
    restore();
    expect(read("meta.yaml")).toBe("version: 1\n");
  });
});
