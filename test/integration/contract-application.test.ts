import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import {
  applicationFolder,
  prepareApplication,
  programEnvironment,
  runProgram,
} from "../support/contract-application.ts";
import { completeEnvironment } from "../support/contract-environment.ts";

const next = "next/dist/bin/next";
const environment: Record<string, string> = { ...completeEnvironment, GROQ_API_KEY: "", OPENAI_API_KEY: "" };

/** In the place of a Supabase project, which has no rows for anybody. */
const requests: string[] = [];
const project = createServer((request, response) => {
  requests.push(`${request.method} ${request.url} ${request.headers.apikey}`);
  response.setHeader("content-type", "application/json").end("[]");
});

// Compilers on a busy machine take their time.
vi.setConfig({ testTimeout: 600_000 });

beforeAll(async () => {
  await prepareApplication();
  environment.NEXT_PUBLIC_SUPABASE_URL = `http://127.0.0.1:${await listen(project)}`;
});
afterAll(() => project.close());

describe("a Next.js application that uses all of the contract", () => {
  it("is type-checked against the real packages, and each of its mistakes is refused", async () => {
    expect(await runProgram("typescript/bin/tsc", ["--noEmit"])).toMatchObject({ stdout: "", exitCode: 0 });
  });

  it("satisfies its linter, React's rules for hooks included", async () => {
    expect(await runProgram("eslint/bin/eslint.js", ["--max-warnings", "0", "."])).toMatchObject({
      stdout: "",
      exitCode: 0,
    });
  });

  it("is built, and sends browsers no secret", async () => {
    const { exitCode, stdout, stderr } = await runProgram(next, ["build"], environment);
    expect(exitCode, stdout + stderr).toBe(0);
    const sent = readAll(join(applicationFolder, ".next/static"));
    expect(sent).toContain(completeEnvironment.NEXT_PUBLIC_SUPABASE_ANON_KEY);
    expect(sent).toContain("project_id");
    for (const name of ["DATABASE_URL", "SUPABASE_SERVICE_ROLE_KEY"]) {
      expect(sent.includes(name)).toBe(false);
      expect(sent.includes(String(environment[name]))).toBe(false);
    }
  });

  it("serves its pages, to somebody who is not signed in", async () => {
    const { address } = await start(environment, /Ready/);
    expect((await fetch(address)).status).toBe(200);
    const { NEXT_PUBLIC_SUPABASE_ANON_KEY: key } = environment;
    expect(requests).toContain(`GET /rest/v1/projects?select=id%2Cname%2Ccustomers%28name%29&order=name.asc ${key}`);
    expect(requests).toContain(`GET /rest/v1/notifications?select=*&read=eq.false ${key}`);
    expect((await fetch(`${address}/projects/one`)).status).toBe(404);
    expect((await fetch(`${address}/api/notifications`, { method: "POST" })).status).toBe(401);
  });

  it("ends at once with what is missing, and not when somebody needs it", async () => {
    const { exited, output } = await start({ ...environment, SUPABASE_SERVICE_ROLE_KEY: "" }, /start again/);
    expect(await exited).toBe(1);
    expect(output()).toContain("- SUPABASE_SERVICE_ROLE_KEY is missing. It is a secret key");
  });
});

/** Starts the built application and waits until it says something. */
async function start(variables: Readonly<Record<string, string>>, said: RegExp) {
  const port = await findFreePort();
  const args = [
    join(applicationFolder, "node_modules", next),
    "start",
    "--port",
    String(port),
    "--hostname",
    "127.0.0.1",
  ];
  const server = spawn(process.execPath, args, { cwd: applicationFolder, env: programEnvironment(variables) });
  const exited = once(server, "exit").then(([exitCode]: number[]) => exitCode);
  onTestFinished(() => stop(server));
  let text = "";
  for (const stream of [server.stdout, server.stderr])
    stream.setEncoding("utf8").on("data", (part: string) => (text += part));
  await expect.poll(() => text, { timeout: 300_000 }).toMatch(said);
  return { address: `http://127.0.0.1:${port}`, output: () => text, exited };
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return;
  server.kill();
  await once(server, "exit");
}

async function findFreePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  server.close();
  return port;
}

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

function readAll(folder: string): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map((file) => readFileSync(join(file.parentPath, file.name), "utf8")).join("\n");
}
