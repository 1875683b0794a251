import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { runsFromSources } from "../system/package-folder.ts";
import { projectFolder } from "./project-folder.ts";

/**
 * A command for a person to type, in a form that works in the project's folder whether or not Pulumi is installed. It
 * names its stack: without `--stack`, it would use the selected one, which need not be the one that the message is
 * about.
 *
 * @param command a command of this package's, such as `pulumi`
 * @param stack undefined for a command without a stack
 * @example projectCommand("pulumi", ["cancel"], "prod") // npx palisade pulumi cancel --stack prod
 */
export function projectCommand(command: string, words: readonly string[] = [], stack?: string): string {
  const all = [...words, ...(stack ? ["--stack", stack] : [])].map(shellWord);
  if (runsFromSources) return ["npm run", command, ...(all.length === 0 ? [] : ["--", ...all])].join(" ");
  return [runner(), "palisade", command, ...all].join(" ");
}

/**
 * The command that adds packages to the package in a folder, by the manager whose lock file is there or above.
 * @param kind what they are of that package
 * @example installCommand(["prisma@7"], "development", folder) // pnpm add --save-dev prisma@7
 */
export function installCommand(
  packages: readonly string[],
  kind: "dependency" | "development",
  folder: string,
): string {
  const [add, development] = installers[managerOf(folder) || callingManager()] ?? npmInstaller;
  return [add, ...(kind === "development" ? [development] : []), ...packages].join(" ");
}

/** A word quoted for a shell. A placeholder in angle brackets is left for the reader to fill in. */
export function shellWord(text: string): string {
  return /^(?:[\w./:@%+=,\u2026-]+|<\w+>)$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** How the project's package manager runs an installed package's command. */
function runner(): string {
  return runners[callingManager()] ?? runners[managerOf(projectFolder())] ?? "npx";
}

/** The package manager that runs this command, if one does. */
function callingManager(): string {
  const [manager = ""] = (process.env.npm_config_user_agent ?? "").split("/");
  return manager;
}

const runners: Readonly<Record<string, string>> = { npm: "npx", pnpm: "pnpm exec", yarn: "yarn", bun: "bunx" };

const npmInstaller = ["npm install", "--save-dev"] as const;

const installers: Readonly<Record<string, readonly [add: string, development: string]>> = {
  npm: npmInstaller,
  pnpm: ["pnpm add", "--save-dev"],
  yarn: ["yarn add", "--dev"],
  bun: ["bun add", "--dev"],
};

const lockFiles: Readonly<Record<string, string>> = {
  "package-lock.json": "npm",
  "pnpm-lock.yaml": "pnpm",
  "yarn.lock": "yarn",
  "bun.lock": "bun",
  "bun.lockb": "bun",
};

function managerOf(folder: string): string {
  const found = Object.keys(lockFiles).find((name) => existsSync(join(folder, name)));
  if (found !== undefined || dirname(folder) === folder) return lockFiles[found ?? ""] ?? "";
  return managerOf(dirname(folder));
}
