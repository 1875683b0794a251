import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";

/** Writes a shell script that can be run in place of a program. */
export function writeProgram(path: string, ...lines: readonly string[]): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, ["#!/bin/sh", ...lines, ""].join("\n"));
  chmodSync(path, 0o755);
  return path;
}

/** A PATH of these folders alone: neither a `pulumi` nor a Go of this machine is on it. */
export function pathOf(...folders: readonly string[]): string {
  return folders.join(delimiter);
}

/** A folder with a `pulumi` that only knows its version, and its language host. */
export function writeEngine(folder: string, version: string): string {
  writeProgram(join(folder, "pulumi"), `echo v${version}`);
  writeProgram(join(folder, "pulumi-language-nodejs"), "exit 0");
  return folder;
}
