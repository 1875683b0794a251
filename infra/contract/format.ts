import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { runCaptured } from "../system/child-process.mjs";
import type { ContractFiles } from "./files.ts";

/**
 * Formats files and sorts their imports with Biome, if the application has it. Otherwise they stay as they are.
 *
 * @param out the contract's folder
 */
export async function formatFiles(files: ContractFiles, out: string): Promise<ContractFiles> {
  const program = findBiome(out);
  if (program === undefined) return files;
  const folder = mkdtempSync(join(tmpdir(), "palisade-contract-"));
  try {
    writeFileSync(join(folder, "biome.json"), JSON.stringify(settings));
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const args = [program, "check", "--write", "--linter-enabled=false", "--colors=off", "."];
    const { exitCode, stdout, stderr } = await runCaptured(process.execPath, args, { cwd: folder });
    if (exitCode !== 0) throw new Error(`The contract could not be formatted: ${stdout}${stderr}`);
    return Object.fromEntries(Object.keys(files).map((path) => [path, readFileSync(join(folder, path), "utf8")]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const settings = {
  root: true,
  formatter: { indentStyle: "space", indentWidth: 2, lineWidth: 120 },
  assist: { actions: { source: { organizeImports: "on" } } },
};

function findBiome(out: string): string | undefined {
  for (const from of [join(out, "index.ts"), import.meta.url]) {
    try {
      return createRequire(from).resolve("@biomejs/biome/bin/biome");
    } catch {
      // Not found here; the next location is tried.
    }
  }
  return undefined;
}
