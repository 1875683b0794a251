import { existsSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { findPackage, versionOf } from "../prisma/client.ts";
import { InputError } from "../provider/errors.ts";
import type { ContractFiles } from "./files.ts";

/** The folder of the application that a contract is written into: the nearest one above it with a package.json. */
export function findApplication(out: string): string {
  const parent = dirname(out);
  for (let folder = parent; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json"))) return folder;
    if (dirname(folder) === folder) return parent;
  }
}

/**
 * A contract among what it is written from would be compiled and linted as a part of that.
 * @throws {InputError} when the folder is the project's own
 */
export function refuseOwnFolder(directory: string, out: string): void {
  const [first = ""] = relative(directory, out).split(sep);
  if (!["", "infra", "stacks", "policies", "sql", "prisma", "test"].includes(first)) return;
  throw new InputError(
    `${out} belongs to the project that the contract is written from: name a folder of the application`,
  );
}

/** What the contract's package.json asks of the application. */
interface Requirements {
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/**
 * Without its packages the contract can be neither compiled nor used.
 * @throws {InputError} with what to install
 */
export function refuseMissingPackages(out: string, files: ContractFiles): void {
  const { peerDependencies, peerDependenciesMeta } = JSON.parse(files["package.json"] ?? "") as Requirements;
  const required = Object.entries(peerDependencies).filter(([name]) => !peerDependenciesMeta[name]?.optional);
  const missing = required.filter(([name]) => findPackage(name, out) === undefined);
  const application = findApplication(out);
  if (missing.length > 0) {
    const names = missing.map(([name]) => name).join(", ");
    throw new InputError(
      `${application} has no ${names}, without which the contract can't be used. Install ${missing.length === 1 ? "it" : "them"} there, then run this again:\n\n  ${howToInstall(missing)}\n`,
    );
  }
  const [, wanted = ""] = required.find(([name]) => name === "@prisma/client") ?? [];
  const installed = versionOf(findPackage("@prisma/client", out) ?? "");
  const [major = "", minor = ""] = installed.split(".");
  const fits = wanted.startsWith(">=6") ? major === "6" && Number(minor) >= 16 : major === wanted.split(".")[0];
  if (fits) return;
  const prisma = required.filter(([name]) => name.startsWith("@prisma/"));
  throw new InputError(
    `${application} has @prisma/client ${installed}, and the Prisma schema is written for ${wanted} (Prisma 6's has the connection string in its datasource, 7's has not). Install that there, or change the schema:\n\n  ${howToInstall(prisma)}\n`,
  );
}

/** The files that the application can compile: those for Next.js and React only where it has them. */
export function compilableFiles(out: string, files: ContractFiles): readonly string[] {
  const hasNext = findPackage("next", out) !== undefined;
  const hasReact = findPackage("react", out) !== undefined && findPackage("@types/react", out) !== undefined;
  return Object.keys(files).filter((path) => {
    if (!path.endsWith(".ts")) return false;
    if (path.startsWith("next/")) return hasNext;
    return hasReact || !["channels-react.ts", "channels/use-presence.ts"].includes(path);
  });
}

function howToInstall(packages: readonly (readonly [string, string])[]): string {
  return `npm install ${packages.map(([name, version]) => JSON.stringify(`${name}@${version}`)).join(" ")}`;
}
