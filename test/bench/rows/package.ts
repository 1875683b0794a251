import { readdirSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createFolder, packPackage, removeFolder, runIn, writeFiles } from "../../support/installed-project.ts";
import type { Bench } from "../bench.ts";
import type { Row } from "../report.ts";
import { summarise } from "../statistics.ts";

const require = createRequire(import.meta.url);
const install = ["npm", "install", "--prefer-offline", "--no-audit", "--no-fund"];

/** What somebody downloads and keeps who installs the package, with Pulumi's SDK, into an empty folder. */
export async function measurePackage(bench: Bench): Promise<Row[]> {
  bench.progress("the package, packed and installed");
  const folder = createFolder();
  try {
    const tarball = await packPackage(folder);
    const project = join(folder, "project");
    writeFiles(project, { "package.json": '{"private":true}' });
    const { version } = require("@pulumi/pulumi/package.json") as { readonly version: string };
    const { exitCode, output } = await runIn(project, [...install, tarball, `@pulumi/pulumi@${version}`]);
    if (exitCode !== 0) throw new Error(`${install.join(" ")} failed: ${output}`);
    const modules = join(project, "node_modules");
    const row = (title: string, limit: number, unit: Row["unit"], value: number, detail: string): Row => ({
      title,
      limit,
      unit,
      value: summarise([value]),
      detail,
    });
    return [
      row("The package's tarball", 1_200, "kB", statSync(tarball).size / 1_000, "What `npm pack` makes of infra/."),
      row(
        "Packages installed with it",
        300,
        "packages",
        countPackages(modules),
        "By `npm install pulumi-palisade @pulumi/pulumi` in an empty folder: those two, and what they need on this platform.",
      ),
      row(
        "Space on disk that they take",
        200,
        "MB",
        measureSize(modules) / 1e6,
        "The blocks of all files in node_modules, without the engine, which is fetched when it is first needed.",
      ),
    ];
  } finally {
    removeFolder(folder);
  }
}

/** npm's own list of what it has put there. */
function countPackages(modules: string): number {
  const { packages } = JSON.parse(readFileSync(join(modules, ".package-lock.json"), "utf8")) as {
    readonly packages: Readonly<Record<string, unknown>>;
  };
  return Object.keys(packages).length;
}

function measureSize(folder: string): number {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).blocks * 512, 0);
}
