import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { projectDirectory } from "../settings/project-folder.ts";
import { runCaptured } from "../system/child-process.mjs";
import type { ContractFiles } from "./files.ts";

/** Formats files as this repository's own, imports sorted. */
export async function formatFiles(files: ContractFiles): Promise<ContractFiles> {
  const folder = mkdtempSync(join(tmpdir(), "palisade-contract-"));
  try {
    writeFileSync(join(folder, "biome.json"), JSON.stringify(formatterSettings()));
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const program = createRequire(import.meta.url).resolve("@biomejs/biome/bin/biome");
    const args = [program, "check", "--write", "--linter-enabled=false", "--colors=off", "."];
    const { exitCode, stdout, stderr } = await runCaptured(process.execPath, args, { cwd: folder });
    if (exitCode !== 0) throw new Error(`The contract could not be formatted: ${stdout}${stderr}`);
    return Object.fromEntries(Object.keys(files).map((path) => [path, readFileSync(join(folder, path), "utf8")]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function formatterSettings(): object {
  const { formatter } = JSON.parse(readFileSync(join(projectDirectory, "biome.json"), "utf8")) as {
    readonly formatter: object;
  };
  return { root: true, formatter, assist: { actions: { source: { organizeImports: "on" } } } };
}
