import { existsSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { withFileLock } from "../../infra/system/file-lock.mjs";
import { createTestFolder } from "../support/folder.ts";

describe("a lock file", () => {
  it("lets one at a time work, and tells the others once that they wait", async () => {
    const path = join(createTestFolder(), "lock");
    const onWait = vi.fn();
    let working = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++working);
      await new Promise((resolve) => setTimeout(resolve, 30));
      working -= 1;
    };
    await Promise.all([1, 2, 3].map(() => withFileLock(path, work, { onWait })));
    expect(most).toBe(1);
    expect(onWait).toHaveBeenCalledTimes(2);
    expect(existsSync(path)).toBe(false);
  });

  it("is given back when the work fails", async () => {
    const path = join(createTestFolder(), "lock");
    await expect(withFileLock(path, () => Promise.reject(new Error("failed")))).rejects.toThrow("failed");
    expect(existsSync(path)).toBe(false);
  });

  it("is taken over at once from a process of this machine that is gone", async () => {
    const folder = createTestFolder();
    writeFileSync(join(folder, "lock"), JSON.stringify({ process: 2 ** 22 + 1, host: hostname() }));
    expect(await withFileLock(join(folder, "lock"), async () => "worked")).toBe("worked");
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each(["", "{", "null"])("is taken over when a full disk has left it as %j, once that is old", async (text) => {
    const path = join(createTestFolder(), "lock");
    writeFileSync(path, text);
    utimesSync(path, new Date(Date.now() - 10_000), new Date(Date.now() - 10_000));
    const onWait = vi.fn();
    expect(await withFileLock(path, async () => "worked", { onWait })).toBe("worked");
    expect(onWait).not.toHaveBeenCalled();
  });

  it("is taken over from another machine's process that has been silent for long", async () => {
    const path = join(createTestFolder(), "lock");
    writeFileSync(path, JSON.stringify({ process: 1, host: "elsewhere" }));
    utimesSync(path, new Date(Date.now() - 60_000), new Date(Date.now() - 60_000));
    expect(await withFileLock(path, async () => "worked")).toBe("worked");
  });
});
