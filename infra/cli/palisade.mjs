#!/usr/bin/env node
// Every command starts here: plain JavaScript without dependencies, so that it can say what is missing. Only the check below may run on an
// old Node, so nothing of the package's is imported above it.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
const sources = new URL("../development/main.mjs", import.meta.url);
const built = new URL("../dist/cli.js", import.meta.url);

if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `Palisade needs Node.js 20.19 or later; this is ${process.version}.\n` +
      "Install a current release (https://nodejs.org, or your version manager) and run the command again.",
  );
  process.exit(1);
} else if (existsSync(sources) && !process.execArgv.includes("--conditions=palisade-source")) {
  // In its own repository the package runs from its sources, however the command was called.
  const args = ["--conditions=palisade-source", fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  process.exit(spawnSync(process.execPath, args, { stdio: "inherit" }).status ?? 1);
} else if (!existsSync(sources) && !existsSync(built)) {
  console.error(
    "This package of Palisade was packed without being built (npm pack --ignore-scripts leaves its code out).\n" +
      "Install a release, or pack it again without that option.",
  );
  process.exit(1);
} else {
  import(existsSync(sources) ? sources.href : built.href)
    .then(({ main }) => main(process.argv.slice(2)))
    .then(
      (exitCode) => process.exit(exitCode),
      (error) => {
        console.error(error);
        process.exit(1);
      },
    );
}
