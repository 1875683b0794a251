import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createTestFolder } from "./folder.ts";

export const installed = {
  "node_modules/pulumi-palisade/package.json": "{}",
  "node_modules/@pulumi/pulumi/package.json": "{}",
};
export const own = { "package.json": '{"name":"@acme/shop app"}' };

export function writeFiles(folder: string, files: Readonly<Record<string, string>>): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

export const makeFolder = (files: Readonly<Record<string, string>>) => writeFiles(createTestFolder(), files);

/** The example in a first program's comment, as somebody takes it out of there. */
export const exampleIn = (program: string) =>
  program
    .split("\n")
    .filter((line) => line.startsWith(" *     "))
    .map((line) => line.slice(" *     ".length))
    .join("\n");

export const read = (folder: string, file: string) => readFileSync(join(folder, file), "utf8");
