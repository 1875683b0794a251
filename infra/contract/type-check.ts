import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { InputError } from "../errors/errors.ts";
import { findPackage } from "../prisma/packages.ts";
import { installCommand } from "../settings/project-command.ts";
import { runCaptured } from "../system/child-process.mjs";
import { findApplication } from "./application.ts";

export interface TypeCheck {
  /** What is checked, for messages. */
  readonly what: string;
  /** The contract's final location. The compiler and settings of its application are used. */
  readonly out: string;
  /** The files' temporary location, next to it. The compiler's settings are written there. */
  readonly folder: string;
  /** The compiler's settings if the application has none. Default: those of a current application. */
  readonly settings?: string | undefined;
  /** Compiler options that take precedence over the settings. */
  readonly options?: Readonly<Record<string, boolean>>;
  /** Relative to that folder. */
  readonly files: readonly string[];
}

/**
 * Compiles files as the application will: with its TypeScript and tsconfig.json, if it has them.
 * @throws {InputError} with the files and the compiler's messages
 */
export async function checkTypes({ what, out, folder, files, settings, options }: TypeCheck): Promise<void> {
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({ ...settingsFor(findSettings(out) ?? settings, options), files }),
  );
  const found = findCompiler(out);
  if (found === undefined) {
    throw new InputError(
      `${findApplication(out)} has no TypeScript, by which ${what} is checked. Install it there: ${installCommand(["typescript"], "development", findApplication(out))}`,
    );
  }
  const compiler = join(found, "bin/tsc");
  const args = [compiler, "--noEmit", "--pretty", "false", "-p", "."];
  const { exitCode, stdout, stderr } = await runCaptured(process.execPath, args, { cwd: folder });
  if (exitCode === 0) return;
  const lines = `${stdout}${stderr}`.trim().split("\n");
  const more = lines.length > shownLines ? [`… and ${lines.length - shownLines} lines more`] : [];
  throw new InputError(
    [
      `${what} does not compile in ${findApplication(out)}; nothing was written:`,
      ...lines.slice(0, shownLines),
      ...more,
    ].join("\n"),
  );
}

const shownLines = 12;

/** The folder of TypeScript: the application's, or the one of this package. */
export function findCompiler(out: string): string | undefined {
  const own = findPackage("typescript", out);
  if (own !== undefined) return own;
  try {
    return dirname(createRequire(import.meta.url).resolve("typescript/package.json"));
  } catch {
    return undefined;
  }
}

function settingsFor(file: string | undefined, options: TypeCheck["options"]): object {
  // Settings for the compiler's output or for editors are irrelevant here.
  const unset = [
    "rootDir",
    "outDir",
    "declarationDir",
    "declarationMap",
    "emitDeclarationOnly",
    "tsBuildInfoFile",
    "plugins",
  ];
  const noOutput = { noEmit: true, incremental: false, composite: false, skipLibCheck: true, ...options };
  if (file === undefined) return { compilerOptions: { ...defaultOptions, ...noOutput }, include: [] };
  const cleared = Object.fromEntries(unset.map((name) => [name, null]));
  return { extends: file, compilerOptions: { ...cleared, ...noOutput }, include: [], references: [] };
}

const defaultOptions = {
  target: "ES2022",
  lib: ["ES2023", "DOM", "DOM.Iterable"],
  module: "ESNext",
  moduleResolution: "bundler",
  jsx: "react-jsx",
  strict: true,
};

/**
 * The nearest tsconfig.json of the application. One that only has references, such as Vite's, is skipped because it
 * contains no compiler settings.
 */
function findSettings(out: string): string | undefined {
  const application = findApplication(out);
  for (let folder = out; ; folder = dirname(folder)) {
    const names = ["tsconfig.json", "tsconfig.app.json"]
      .map((name) => join(folder, name))
      .filter((name) => existsSync(name));
    const found = names.find((name) => !onlyRefers(name));
    if (found !== undefined) return found;
    if (folder === application || dirname(folder) === folder) return undefined;
  }
}

function onlyRefers(file: string): boolean {
  const withoutComments = readFileSync(file, "utf8")
    .replaceAll(/("(?:[^"\\]|\\.)*")|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, "$1")
    .replaceAll(/,(?=\s*[}\]])/g, "");
  try {
    const { files, references } = JSON.parse(withoutComments) as { files?: unknown; references?: unknown };
    return Array.isArray(files) && files.length === 0 && references !== undefined;
  } catch {
    // The compiler will report what is wrong with it.
    return false;
  }
}
