import { chmodSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { runCaptured } from "../../infra/system/child-process.mjs";

const repository = join(import.meta.dirname, "../..");

/** What a shell of a user's has: nothing of the run of npm that runs the tests. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(npm_|NODE_OPTIONS$|INIT_CWD$|VITEST|PULUMI_|PALISADE_)/i.test(name),
  ),
);

export interface Ran {
  readonly exitCode: number;
  /** Both streams. */
  readonly output: string;
}

export async function runIn(
  cwd: string,
  command: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const [program = "", ...args] = command;
  const { exitCode, stdout, stderr } = await runCaptured(program, args, {
    cwd,
    environment: { ...environment, ...more, PWD: cwd },
  });
  return { exitCode, output: `${stdout}${stderr}` };
}

/** A folder that any account may read, with a space in its path. */
export function createFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "palisade installed ")));
  chmodSync(folder, 0o755);
  return folder;
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** Builds the package and packs it, as for a release. @param source the repository's checkout @returns the tarball */
export async function packPackage(folder: string, source = repository): Promise<string> {
  const infra = join(source, "infra");
  for (const command of [
    ["npm", "run", "build"],
    ["npm", "pack", "--ignore-scripts", "--pack-destination", folder],
  ]) {
    const { exitCode, output } = await runIn(infra, command);
    if (exitCode !== 0) throw new Error(`${command.join(" ")} failed: ${output}`);
  }
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"));
  if (tarball === undefined) throw new Error("npm pack has made no tarball");
  return join(folder, tarball);
}
