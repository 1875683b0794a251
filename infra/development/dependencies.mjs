import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { localFiles } from "../settings/local-files.mjs";
import { runCaptured } from "../system/child-process.mjs";
import { withFileLock } from "../system/file-lock.mjs";

/**
 * Installs the dependencies as package-lock.json says, unless that has been done.
 *
 * @param {{ readonly projectDirectory: string, readonly report: (line: string) => void }} options
 */
export async function ensureDependencies({ projectDirectory, report }) {
  if (areInstalled(projectDirectory)) return;
  await withFileLock(
    localFiles(projectDirectory).installLock,
    async () => {
      if (areInstalled(projectDirectory)) return;
      await install(projectDirectory, report);
      writeFileSync(stampPath(projectDirectory), fingerprint(projectDirectory));
    },
    { onWait: () => report("Another command is installing this checkout's dependencies; waiting for it…") },
  );
}

/**
 * Whether node_modules is what the lock file asks for. Our stamp says so quickly; without one that fits, npm's own
 * record of what it put there decides (somebody may have run npm by hand, and that is as good).
 *
 * @param {string} projectDirectory
 * @returns {boolean}
 */
export function areInstalled(projectDirectory) {
  const path = stampPath(projectDirectory);
  const wanted = fingerprint(projectDirectory);
  const stamp = existsSync(path) ? readFileSync(path, "utf8") : undefined;
  if (stamp === wanted) return true;
  // Binary packages differ by platform: a folder that moved to another one is installed anew.
  const hasMoved = stamp !== undefined && !stamp.endsWith(platform);
  if (hasMoved || !holdsEverything(projectDirectory)) return false;
  writeFileSync(path, wanted);
  return true;
}

const platform = ` ${process.platform}-${process.arch}\n`;

/** @param {string} projectDirectory */
function stampPath(projectDirectory) {
  return join(projectDirectory, "node_modules", ".palisade-installed");
}

/** @param {string} projectDirectory */
function fingerprint(projectDirectory) {
  const lock = readFileSync(join(projectDirectory, "package-lock.json"));
  return createHash("sha256").update(lock).digest("hex") + platform;
}

/** @param {string} projectDirectory */
function holdsEverything(projectDirectory) {
  const installedPath = join(projectDirectory, "node_modules", ".package-lock.json");
  if (!existsSync(installedPath)) return false;
  const installed = readInstalled(installedPath);
  const wanted = readPackages(join(projectDirectory, "package-lock.json"));
  return Object.entries(wanted).every(([path, entry]) => {
    const present = installed[path];
    return path === "" || (present === undefined ? mayBeAbsent(entry) : present.version === entry.version);
  });
}

/**
 * Whether npm may leave a package out here: it is for other platforms, or only needed by such a one. Which C library it
 * is for is not asked: either may be the one.
 *
 * @param {LockedPackage} entry
 */
function mayBeAbsent({ optional = false, os, cpu, libc }) {
  const isForThisPlatform =
    (os !== undefined || cpu !== undefined) &&
    (os?.includes(process.platform) ?? true) &&
    (cpu?.includes(process.arch) ?? true);
  return optional && (!isForThisPlatform || libc !== undefined);
}

/**
 * @typedef {object} LockedPackage
 * @property {string} [version]
 * @property {boolean} [optional]
 * @property {readonly string[]} [os]
 * @property {readonly string[]} [cpu]
 * @property {readonly string[]} [libc]
 */

/**
 * @param {string} path
 * @returns {Readonly<Record<string, LockedPackage>>}
 */
function readPackages(path) {
  return JSON.parse(readFileSync(path, "utf8")).packages ?? {};
}

/**
 * npm's list of what it has installed; empty where a full disk has damaged it, and then everything is installed anew.
 *
 * @param {string} path
 */
function readInstalled(path) {
  try {
    return readPackages(path);
  } catch {
    return {};
  }
}

/**
 * @param {string} projectDirectory
 * @param {(line: string) => void} report
 */
async function install(projectDirectory, report) {
  const started = performance.now();
  const elapsed = () => `${Math.round((performance.now() - started) / 1000)} s`;
  report("Installing dependencies (npm ci)…");
  const ticker = setInterval(() => report(`Installing dependencies: ${elapsed()}`), 15_000);
  try {
    const { exitCode, stdout, stderr } = await runNpm(projectDirectory, installArguments);
    if (exitCode !== 0) {
      throw new Error(
        `${(stdout + stderr).trim()}\n\nnpm ci failed with exit code ${exitCode}; what it said is above.`,
      );
    }
  } finally {
    clearInterval(ticker);
  }
  report(`Installed dependencies in ${elapsed()}`);
}

/** Said in full, because the command may run under another's settings (`npm run --silent`, NODE_ENV=production). */
const installArguments = [
  "ci",
  "--include=dev",
  "--include=optional",
  "--ignore-scripts",
  "--no-audit",
  "--no-fund",
  "--no-dry-run",
  "--loglevel=warn",
];

/**
 * @param {string} projectDirectory
 * @param {readonly string[]} args
 */
async function runNpm(projectDirectory, args) {
  // Under `npm run` the very same npm; npm_execpath may also be another package manager, which can't do `ci`.
  const script = process.env.npm_execpath;
  const [program, ...first] = script?.endsWith("npm-cli.js") ? [process.execPath, script] : ["npm"];
  try {
    return await runCaptured(program, [...first, ...args], { cwd: projectDirectory });
  } catch (error) {
    throw new Error(`npm could not be started (${error instanceof Error ? error.message : error}). Is it installed?`);
  }
}
