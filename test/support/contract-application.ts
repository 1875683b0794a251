import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { writeContract } from "../../infra/contract/index.ts";
import { projectDirectory } from "../../infra/settings/project-folder.ts";
import { runCaptured } from "../../infra/system/child-process.mjs";
import { withFileLock } from "../../infra/system/file-lock.mjs";

const source = join(projectDirectory, "test/application");

/** A copy of the small Next.js application, with its dependencies and with the contract of this repository's own stack. */
export const applicationFolder = join(projectDirectory, ".palisade/application");

/**
 * Brings the copy up to date, once for all test files: its dependencies by its own lock file (a minute, when they are not there yet), its
 * sources, and the contract.
 */
export async function prepareApplication(): Promise<void> {
  await withFileLock(join(projectDirectory, ".palisade/application.lock"), async () => {
    mkdirSync(applicationFolder, { recursive: true });
    await once("dependencies", [join(source, "package-lock.json")], () =>
      installDependencies(source, applicationFolder),
    );
    await once("sources", [source], async () => {
      for (const name of readdirSync(applicationFolder)) {
        if (!kept.has(name)) rmSync(join(applicationFolder, name), { recursive: true });
      }
      cpSync(source, applicationFolder, { recursive: true, filter: (path) => !ignored.has(relative(source, path)) });
    });
    const inputs = ["infra", "stacks", "prisma/schema.prisma", "prisma.config.ts", "package-lock.json", "biome.json"];
    await once("contract", [...inputs.map((name) => join(projectDirectory, name)), source], async () => {
      const out = join(applicationFolder, "contract");
      // contract-application compiles it, with all of the application.
      await writeContract({ directory: projectDirectory, stack: "dev", out, typeCheck: false });
    });
  });
}

/** The application on Prisma 6: a folder within it, whose other packages are the application's. */
export const prisma6Folder = join(applicationFolder, ".prisma-6");

export async function preparePrisma6(): Promise<void> {
  await prepareApplication();
  // A minute of npm that the other tests of the application need not wait for.
  await withFileLock(join(projectDirectory, ".palisade/prisma-6.lock"), async () => {
    const packages = join(projectDirectory, "test/prisma-6");
    await once("prisma-6", [join(packages, "package-lock.json")], () => installDependencies(packages, prisma6Folder));
  });
}

/** Loads a module of the contract (or another file below the application), as the application's code does. */
export async function load<Module>(path: string): Promise<Module> {
  return (await import(pathToFileURL(join(applicationFolder, path)).href)) as Module;
}

/** Runs a program of the application's dependencies in its folder. */
export function runProgram(program: string, args: readonly string[], variables: Environment = {}) {
  const file = join(applicationFolder, "node_modules", program);
  const environment = programEnvironment(variables);
  return runCaptured(process.execPath, [file, ...args], { cwd: applicationFolder, environment });
}

/** Our own environment with other variables, and without what the test runner sets for itself. */
export function programEnvironment(variables: Environment): NodeJS.ProcessEnv {
  return { ...process.env, NEXT_TELEMETRY_DISABLED: "1", NODE_ENV: "production", NODE_OPTIONS: "", ...variables };
}

type Environment = Readonly<Record<string, string | undefined>>;

const stamps = ".stamps";
const kept = new Set(["node_modules", stamps, ".prisma-6"]);
const ignored = new Set(["node_modules", "contract", ".next", "next-env.d.ts", "tsconfig.tsbuildinfo"]);

/** Does the work unless it was done for the very same files. */
async function once(name: string, inputs: readonly string[], work: () => Promise<void>): Promise<void> {
  const stamp = join(applicationFolder, stamps, name);
  const fingerprint = hashOf(inputs);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === fingerprint) return;
  await work();
  mkdirSync(join(applicationFolder, stamps), { recursive: true });
  writeFileSync(stamp, fingerprint);
}

function hashOf(paths: readonly string[]): string {
  const hash = createHash("sha256");
  const add = (path: string): void => {
    if (ignored.has(relative(source, path))) return;
    if (!statSync(path).isDirectory()) hash.update(`${path}\n`).update(readFileSync(path));
    else for (const name of readdirSync(path).sort()) add(join(path, name));
  };
  for (const path of paths) add(path);
  return hash.digest("hex");
}

async function installDependencies(from: string, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const name of ["package.json", "package-lock.json", ".npmrc"]) cpSync(join(from, name), join(folder, name));
  const script = process.env.npm_execpath;
  const [program, ...first] = script?.endsWith("npm-cli.js") ? [process.execPath, script] : ["npm"];
  const args = [...first, "ci", "--ignore-scripts", "--include=dev", "--include=optional", "--no-audit", "--no-fund"];
  const { exitCode, stdout, stderr } = await runCaptured(program, args, { cwd: folder });
  if (exitCode !== 0) throw new Error(`npm ci failed for ${from}:\n${stdout}${stderr}`);
}
