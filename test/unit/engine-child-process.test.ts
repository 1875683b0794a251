import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { runAttached, runCaptured } from "../../infra/system/child-process.mjs";
import { createTestFolder } from "../support/folder.ts";

const node = process.execPath;
const library = pathToFileURL(join(import.meta.dirname, "../../infra/system/child-process.mjs")).href;

describe("a program run by us", () => {
  it("hands on its exit code, or the signal that ended it as a shell does", async () => {
    expect(await runAttached(node, ["-e", "process.exit(7)"])).toBe(7);
    expect(await runAttached(node, ["-e", "process.kill(process.pid, 'SIGKILL')"])).toBe(137);
  });

  it("is missed when it does not exist", async () => {
    await expect(runAttached("/no/such/program", [])).rejects.toThrow(/ENOENT/);
    await expect(runCaptured("/no/such/program", [])).rejects.toThrow(/ENOENT/);
  });

  it("is read line by line while it runs, however the lines arrive", async () => {
    const lines: string[] = [];
    const script =
      "process.stderr.write('one\\ntw'); setTimeout(() => process.stderr.write('o\\nrest'), 50); console.log('out')";
    const result = await runCaptured(node, ["-e", script], { onErrorLine: (line) => lines.push(line) });
    expect(lines).toEqual(["one", "two"]);
    expect(result).toEqual({ exitCode: 0, stdout: "out\n", stderr: "one\ntwo\nrest" });
  });

  it("is ended when it takes too long", async () => {
    expect((await runCaptured(node, ["-e", "setInterval(() => {}, 1000)"], { timeout: 200 })).exitCode).toBe(143);
  });

  it.each(["SIGINT", "SIGTERM"] as const)("gets %s once, and decides itself how to end", async (signal) => {
    const { output, exitCode } = await interrupt("runAttached", signal);
    expect(output).toBe(`ready\n${signal}\n`);
    expect(exitCode).toBe(9);
  });

  it("is ended with us when its output is captured", async () => {
    const { signal } = await interrupt("runCaptured", "SIGTERM");
    expect(signal).toBe("SIGTERM");
  });
});

/** Sends a signal to a process of ours that runs a program which says what it gets, and then exits with 9. */
async function interrupt(way: "runAttached" | "runCaptured", signal: NodeJS.Signals) {
  const folder = createTestFolder();
  const child = join(folder, "child.mjs");
  writeFileSync(
    child,
    `for (const signal of ["SIGINT", "SIGTERM"])
       process.on(signal, () => { console.log(signal); setTimeout(() => process.exit(9), 100); });
     setInterval(() => {}, 1000); console.log("ready"); process.kill(process.ppid, "SIGUSR2");`,
  );
  const parent = join(folder, "parent.mjs");
  writeFileSync(
    parent,
    `import { ${way} } from ${JSON.stringify(library)};
     process.on("SIGUSR2", () => process.send("ready"));
     process.exitCode = await ${way}(process.execPath, [${JSON.stringify(child)}]);
     process.disconnect();`,
  );
  const running = spawn(node, [parent], { stdio: ["ignore", "pipe", "inherit", "ipc"], detached: true });
  let output = "";
  running.stdout?.on("data", (part) => {
    output += part;
  });
  running.once("message", () => running.kill(signal));
  return new Promise<{ output: string; exitCode: number | null; signal: NodeJS.Signals | null }>((resolve) =>
    running.on("close", (exitCode, endedBy) => resolve({ output, exitCode, signal: endedBy })),
  );
}
