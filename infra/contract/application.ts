import { readFileSync } from "node:fs";
import { dirname, isAbsolute, join, relative, sep } from "node:path";
import { InputError } from "../errors/errors.ts";
import { findOwnPackage, findPackage, versionOf } from "../prisma/packages.ts";
import { installCommand } from "../settings/project-command.ts";
import type { ContractFiles } from "./files.ts";

/** The application's folder: the nearest one above the contract's folder that has a package.json. */
export function findApplication(out: string): string {
  return findOwnPackage(dirname(out));
}

/**
 * Refuses a contract within its own sources, with which it would be compiled and linted.
 * @param sources the folders of the sources; the project's own folder may contain the application
 * @throws {InputError} if the contract's folder contains one of these, or is inside of one
 */
export function refuseOwnFolder(directory: string, out: string, sources: readonly string[]): void {
  const inner = sources.filter((source) => source !== directory);
  if (![directory, ...inner].some((source) => holds(out, source)) && !inner.some((source) => holds(source, out)))
    return;
  throw new InputError(
    `${out} belongs to the project that the contract is written from: name a folder of the application`,
  );
}

function holds(folder: string, path: string): boolean {
  const inside = relative(folder, path);
  return inside !== ".." && !inside.startsWith(`..${sep}`) && !isAbsolute(inside);
}

/** What the contract's package.json requires of the application. */
interface Requirements {
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/**
 * Without these packages, the contract can be neither compiled nor used.
 * @param missingTools what the contract is written with and is not installed
 * @throws {InputError} saying what to install
 */
export function refuseMissingPackages(out: string, files: ContractFiles, missingTools: readonly string[]): void {
  const { peerDependencies, peerDependenciesMeta } = JSON.parse(files["package.json"] ?? "") as Requirements;
  const required = Object.entries(peerDependencies).filter(([name]) => !peerDependenciesMeta[name]?.optional);
  const missing = required.filter(([name]) => findPackage(name, out) === undefined);
  const application = findApplication(out);
  const [, wanted = ""] = required.find(([name]) => name === "@prisma/client") ?? [];
  const isPrisma6 = wanted.startsWith(">=6");
  const withVersion = (name: string) => (name === "prisma" ? `prisma@${isPrisma6 ? 6 : 7}` : name);
  const names = [...missing.map(([name]) => name), ...missingTools];
  if (names.length > 0) {
    const commands = [
      ...(missing.length > 0 ? [howToInstall(missing, application)] : []),
      ...(missingTools.length > 0 ? [installCommand(missingTools.map(withVersion), "development", application)] : []),
    ];
    throw new InputError(
      `${application} has no ${names.join(", ")}, without which the contract can't be ${missing.length > 0 ? "used" : "written"}. Install ${names.length === 1 ? "it" : "them"} there, then run this again:\n\n${commands.map((command) => `  ${command}\n`).join("")}`,
    );
  }
  const installed = versionOf(findPackage("@prisma/client", out) ?? "");
  const [major = "", minor = ""] = installed.split(".");
  const fits = isPrisma6 ? major === "6" && Number(minor) >= 16 : major === wanted.split(".")[0];
  if (fits) return;
  const prisma = required.filter(([name]) => name.startsWith("@prisma/"));
  throw new InputError(
    `${application} has @prisma/client ${installed}, and the Prisma schema is written for ${wanted} (Prisma 6's has the connection string in its datasource, 7's has not). Install that there, or change the schema:\n\n  ${howToInstall(prisma, application)}\n`,
  );
}

/**
 * Omits the parts for Next.js and React if the application does not use these: they would fail its type check.
 * @returns the files for the application, and the packages whose parts are omitted
 */
export function filesForApplication(
  out: string,
  files: ContractFiles,
): { readonly files: ContractFiles; readonly missing: readonly string[] } {
  const missing = Object.keys(optionalParts).filter((name) => !hasPackage(name, out));
  const kept = Object.entries(files).filter(([path]) => !missing.includes(partOf(path) ?? ""));
  const isMissed = (name: string) => Object.keys(files).some((path) => partOf(path) === name);
  return { files: Object.fromEntries(kept), missing: missing.filter(isMissed) };
}

/** The files that can be compiled with the packages that the application has installed. */
export function compilableFiles(out: string, files: ContractFiles): readonly string[] {
  const hasNext = findPackage("next", out) !== undefined;
  const hasReact = findPackage("react", out) !== undefined && findPackage("@types/react", out) !== undefined;
  return Object.keys(files).filter((path) => {
    if (!path.endsWith(".ts")) return false;
    const part = partOf(path);
    return part === undefined || (part === "next" ? hasNext : hasReact);
  });
}

/** The path prefixes of parts that need an optional package. */
const optionalParts: Readonly<Record<string, readonly string[]>> = {
  next: ["next/"],
  react: ["channels-react.ts", "channels/use-presence.ts"],
};

function partOf(path: string): string | undefined {
  return Object.keys(optionalParts).find((name) => optionalParts[name]?.some((start) => path.startsWith(start)));
}

/**
 * Whether the application depends on the package, installed or not (as in a build that only compares), or the package
 * can be resolved from the folder.
 */
function hasPackage(name: string, out: string): boolean {
  return findPackage(name, out) !== undefined || dependenciesOf(findApplication(out)).includes(name);
}

function dependenciesOf(application: string): readonly string[] {
  try {
    const manifest = JSON.parse(readFileSync(join(application, "package.json"), "utf8")) as Record<string, object>;
    const fields = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];
    return fields.flatMap((field) => Object.keys(manifest[field] ?? {}));
  } catch {
    return [];
  }
}

function howToInstall(packages: readonly (readonly [string, string])[], application: string): string {
  const names = packages.map(([name, version]) => JSON.stringify(`${name}@${version}`));
  return installCommand(names, "dependency", application);
}
