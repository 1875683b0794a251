import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  clearDeadLocks,
  refuseRunningUpdate,
  withoutPendingCreations,
} from "../../infra/engine/state/interrupted-run.ts";
import { createTestFolder } from "../support/folder.ts";

const timestamp = "2026-01-05T09:00:00Z";
const deadProcess = spawnSync("true").pid;

function createState(files: Readonly<Record<string, string>>) {
  const state = createTestFolder();
  const folder = join(state, ".pulumi", "locks", "organization", "example", "dev");
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return {
    files: () => readdirSync(folder).sort(),
    folder,
    refuse: () => refuseRunningUpdate({ state, project: "example", stack: "dev" }),
    clear: () => clearDeadLocks({ state, project: "example", stack: "dev" }),
  };
}

const lock = (pid: number | undefined, host = hostname()) =>
  JSON.stringify({ pid, username: "somebody", hostname: host, timestamp });

describe("the locks of a stack", () => {
  it("are removed, with a line on each, when their process on this machine is gone", () => {
    const { clear, files } = createState({ "1.json": lock(deadProcess), "2.json": lock(deadProcess) });
    const lines = clear();
    expect(files()).toEqual([]);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain(`was killed (process ${deadProcess}, begun ${timestamp}): its lock is removed`);
  });

  it("are kept while a Pulumi of that number lives, and removed when the number is another program's", () => {
    // On Linux the name tells; elsewhere a living process is believed to be the one.
    const { clear, files } = createState({ "1.json": lock(process.pid) });
    clear();
    expect(files()).toEqual(existsSync("/proc/self/stat") ? [] : ["1.json"]);
  });

  it("stop another update while their process lives, and no longer", async () => {
    // A program of that name, as which Pulumi counts.
    const folder = createTestFolder();
    const program = join(folder, "pulumi");
    symlinkSync(process.execPath, program);
    const running = spawn(program, ["-e", "setInterval(() => {}, 1000)"]);
    await once(running, "spawn");
    const { clear, files, refuse } = createState({ "1.json": lock(running.pid) });
    expect(clear()).toEqual([]);
    expect(refuse).toThrow(`an update of the stack dev is still running (process ${running.pid}, begun ${timestamp})`);
    expect(files()).toEqual(["1.json"]);
    running.kill("SIGKILL");
    await once(running, "exit");
    expect(refuse).not.toThrow();
    expect(clear()).toHaveLength(1);
  });

  it("are kept, and stop another update, when they are another machine's, which the error names", () => {
    const { clear, files, refuse } = createState({ "1.json": lock(deadProcess, "elsewhere") });
    expect(clear()).toEqual([]);
    expect(refuse).toThrow(
      `an update of the stack dev may be running on another machine (process ${deadProcess} on elsewhere, begun ${timestamp}): wait`,
    );
    expect(files()).toEqual(["1.json"]);
  });

  it.each(["{}", "", lock(undefined)])("are kept, and stop another update, when they can't be read (%#)", (text) => {
    const { clear, files, folder, refuse } = createState({ "1.json": text });
    expect(clear()).toEqual([]);
    expect(refuse).toThrow(
      `the stack dev has a lock that can't be read (${join(folder, "1.json")}), so an update of it may be running: wait`,
    );
    expect(files()).toEqual(["1.json"]);
  });

  it("are removed when a full disk has left them empty or cut off, once they are old; Pulumi could not read them either", () => {
    const { clear, files, folder } = createState({ "1.json": "", "2.json": '{"pid": 1', "3.json": "", "4.json": "{}" });
    for (const name of ["1.json", "2.json", "4.json"]) utimesSync(join(folder, name), 0, 0);
    clear();
    expect(files()).toEqual(["3.json", "4.json"]);
  });

  it("are rid of files that were never finished, once those are old", () => {
    const { clear, files, folder } = createState({ "1.json.abc.tmp": "", "2.json.abc.tmp": "" });
    utimesSync(join(folder, "1.json.abc.tmp"), 0, 0);
    clear();
    expect(files()).toEqual(["2.json.abc.tmp"]);
  });

  it("are none where nothing was ever run", () => {
    expect(clearDeadLocks({ state: createTestFolder(), project: "example", stack: "dev" })).toEqual([]);
  });
});

describe("what a killed update had begun", () => {
  const pending = (type: string, resource: string) => ({ type, resource: { type: resource } });
  const exported = (...operations: readonly object[]) =>
    JSON.stringify({ version: 3, deployment: { resources: [], pending_operations: operations } });

  it("is forgotten where it is a creation of our own, which adopts what is there", () => {
    const kept = [pending("creating", "aws:s3/bucket:Bucket"), pending("updating", "palisade:index:TableAccess")];
    const state = exported(pending("creating", "palisade:index:TableAccess"), ...kept);
    expect(JSON.parse(withoutPendingCreations(state) ?? "")).toEqual(JSON.parse(exported(...kept)));
  });

  it("is left alone where there is nothing of the kind", () => {
    expect(withoutPendingCreations(exported(pending("creating", "aws:s3/bucket:Bucket")))).toBeUndefined();
    expect(withoutPendingCreations(JSON.stringify({ version: 3, deployment: {} }))).toBeUndefined();
    expect(withoutPendingCreations(JSON.stringify({ version: 3 }))).toBeUndefined();
  });
});
