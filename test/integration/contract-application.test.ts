import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { beforeAll, expect, it, onTestFinished, vi } from "vitest";
import { type Application, describeApplication } from "../support/application.ts";
import {
  applicationFolder,
  prepareApplication,
  programEnvironment,
  runProgram,
} from "../support/contract-application.ts";
import { sessionCookie } from "../support/contract-client.ts";
import { completeEnvironment, secretKey } from "../support/contract-environment.ts";
import { missingPostgrest } from "../support/postgrest.ts";
import { everybody, isMember, organizations, populate } from "./main-job/access/people.ts";

const next = "next/dist/bin/next";
const environment: Record<string, string> = { ...completeEnvironment, GROQ_API_KEY: "", OPENAI_API_KEY: "" };

// Compilers on a busy machine take their time.
vi.setConfig({ testTimeout: 600_000 });

describeApplication("a Next.js application that uses all of the contract", describeNextApplication, [17]);

function describeNextApplication(application: Application): void {
  beforeAll(async () => {
    await prepareApplication();
    await populate(application);
    environment.DATABASE_URL = application.connectionString();
    if (!missingPostgrest) environment.NEXT_PUBLIC_SUPABASE_URL = (await application.rest()).url;
  });

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

  const title = "serves each person the rows that are theirs";
  it.skipIf(missingPostgrest)(missingPostgrest ? `${title} (skipped: ${missingPostgrest})` : title, async () => {
    const { address } = await start(environment, /Ready/);
    const project = await application.rest();
    const get = async (path: string, user?: string) => {
      const cookie = user === undefined ? undefined : sessionCookie(project, user);
      const headers = cookie === undefined ? {} : { cookie: `${cookie.name}=${cookie.value}` };
      const response = await fetch(address + path, { headers });
      return { status: response.status, text: await response.text() };
    };
    const notify = (key: string) =>
      fetch(`${address}/api/notifications`, {
        method: "POST",
        headers: { authorization: `Bearer ${key}` },
        body: JSON.stringify({ organizationId: "red", title: "Welcome", message: "to red" }),
      });
    expect((await notify(completeEnvironment.NEXT_PUBLIC_SUPABASE_ANON_KEY ?? "")).status).toBe(401);
    const members = everybody.filter(([, person]) => isMember(person, "red")).length;
    expect(await (await notify(secretKey)).json()).toEqual({ count: members, organization: "Red" });

    for (const [name, person] of [["whoever is not signed in", undefined] as const, ...everybody]) {
      if (person?.user === "") continue;
      const home = await get("/", person?.user);
      const seen = organizations.filter((organization) => home.text.includes(`/projects/${organization}-project`));
      const theirs = organizations.filter((organization) => person && isMember(person, organization));
      expect([name, home.status, seen, home.text.includes("Welcome")]).toEqual([
        name,
        200,
        theirs,
        theirs.includes("red"),
      ]);
      for (const organization of organizations) {
        const page = await get(`/projects/${organization}-project`, person?.user);
        expect([name, organization, page.status]).toEqual([
          name,
          organization,
          theirs.includes(organization) ? 200 : 404,
        ]);
      }
    }
    expect((await get("/api/attachments/red-attachment", "blue-owner")).status).toBe(404);
  });

  it("ends at once with what is missing, and not when somebody needs it", async () => {
    const { exited, output } = await start({ ...environment, SUPABASE_SERVICE_ROLE_KEY: "" }, /start again/);
    expect(await exited).toBe(1);
    expect(output()).toContain("- SUPABASE_SERVICE_ROLE_KEY is missing. It is a secret key");
  });
}

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
