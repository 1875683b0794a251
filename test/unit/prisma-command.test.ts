import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { CommandError, type CommandOptions, runCommand } from "../../infra/database/run-command.ts";
import { isAlive } from "../../infra/system/is-alive.ts";
import { until } from "../support/sessions.ts";

const url = "postgresql://postgres:p%40ss-w0rd@db.example.com:5432/postgres";

async function run(script: string, options: Partial<CommandOptions> = {}) {
  const lines: string[] = [];
  const error = await runCommand({
    command: [process.execPath, "-e", script],
    directory: ".",
    secrets: { DIRECT_URL: url },
    onProgress: (line) => lines.push(line),
    ...options,
  }).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { lines, error };
}

describe("a command of the user's", () => {
  it("gets the secrets in its environment, and prints line by line", async () => {
    const { lines, error } = await run(`
      console.log("\\u001b[32m2 migrations found\\u001b[39m\\n");
      console.error(process.env.DIRECT_URL.length, process.argv.length);
      process.stdout.write("no line end")`);
    expect(error).toBeUndefined();
    expect(lines.sort()).toEqual(["2 migrations found", `${url.length} 1`, "no line end"]);
  });

  it("cannot show a secret: not the address, not its password, encoded or not, and not in the error", async () => {
    const { lines, error } = await run(`
      console.log("Datasource " + process.env.DIRECT_URL);
      console.log("password " + new URL(process.env.DIRECT_URL).password + " is p@ss-w0rd");
      process.exit(3)`);
    expect(lines).toEqual(["Datasource [secret]", "password [secret] is [secret]"]);
    expect(error).toBeInstanceOf(CommandError);
    expect(error).toMatchObject({
      exitCode: 3,
      message: expect.stringContaining("failed with exit code 3:\nDatasource [secret]"),
    });
    expect(String(error)).not.toMatch(/p%40ss-w0rd|p@ss-w0rd/);
  });

  it("cannot show a hard password either, as a URL, JSON and JavaScript have it, nor one among the address's parameters", async () => {
    const secrets = {
      DIRECT_URL: `postgresql://postgres:${encodeURIComponent(`a"b'c\\d/e`)}@db.example.com/postgres`,
      DATABASE_URL: "postgresql://db.example.com/postgres?user=postgres&password=hunter%2F2",
    };
    const { lines } = await run(
      `const password = decodeURIComponent(new URL(process.env.DIRECT_URL).password);
       console.log(JSON.stringify({ password }), { password }, encodeURIComponent(password), "a%22b'c%5Cd%2Fe", "hunter/2");`,
      { secrets },
    );
    expect(lines).toEqual(['{"password":"[secret]"} { password: `[secret]` } [secret] [secret] [secret]']);
  });

  it("is named when it does not exist", async () => {
    const { error } = await run("", { command: ["no-such-program", "migrate"] });
    expect(error).toMatchObject({
      name: "CommandError",
      exitCode: undefined,
      message: expect.stringMatching(/`no-such-program` could not be started/),
    });
  });

  it("is named when its folder is none", async () => {
    const { error } = await run("", { directory: import.meta.filename });
    expect(error).toMatchObject({
      name: "CommandError",
      message: expect.stringMatching(/` could not be started: .*ENOTDIR/),
    });
  });

  it("is ended when what it prints can't be reported, and the error says why that was", async () => {
    let command = 0;
    const onProgress = (line: string) => {
      command = Number(line);
      throw new Error("the engine is gone");
    };
    const { error } = await run("console.log(process.pid); setInterval(() => {}, 1000)", { onProgress });
    expect(String(error)).toBe("Error: the engine is gone");
    await until(() => !isAlive(command));
  });

  it("is ended with all that it started when cancelled", async () => {
    const cancelling = new AbortController();
    const lines: string[] = [];
    const running = run(
      `const child = require("node:child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "inherit" });
       console.log(child.pid); setInterval(() => {}, 1000)`,
      { signal: cancelling.signal, onProgress: (line) => lines.push(line) },
    );
    // The child of the command keeps its output open: the command only counts as ended when that is gone too.
    while (lines.length === 0) await pause(20);
    cancelling.abort();
    expect((await running).error).toMatchObject({
      exitCode: undefined,
      message: expect.stringContaining("was ended by SIGTERM"),
    });
  });
});
