import { existsSync, mkdirSync, readFileSync, rmdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { dirname } from "node:path";
import { InputError } from "../errors/errors.ts";

/** Files that are written on trial: all of them can be restored. */
export class WrittenFiles {
  readonly #undo: (() => void)[] = [];

  write(path: string, text: string): void {
    const before = existsSync(path) ? readFileSync(path) : undefined;
    this.#makeFolder(dirname(path));
    this.#undo.push(() => (before === undefined ? rmSync(path, { force: true }) : writeFileSync(path, before)));
    writeFileSync(path, text);
  }

  /** Creates a symbolic link to a folder. */
  link(path: string, folder: string): void {
    this.#makeFolder(dirname(path));
    symlinkSync(folder, path, "junction");
    this.#undo.push(() => rmSync(path, { force: true }));
  }

  /** The number of files written so far, for `restore`. */
  get mark(): number {
    return this.#undo.length;
  }

  /** Restores everything, or only what was written since a mark. */
  restore(mark = 0): void {
    for (const undo of this.#undo.splice(mark).reverse()) undo();
  }

  #makeFolder(folder: string): void {
    const first = mkdirSync(folder, { recursive: true });
    if (first === undefined) return;
    this.#undo.push(() => {
      for (let made = folder; made.length >= first.length; made = dirname(made)) if (!removeEmpty(made)) return;
    });
  }
}

/** @returns whether the folder existed and was empty */
export function removeEmpty(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch {
    return false;
  }
}

/**
 * Runs work that writes files. If it fails, or a signal ends the process, all files are restored.
 * @example
 * await writeOnTrial(async (files) => {
 *   files.write("stacks/index.ts", text);
 *   await prove();
 * });
 */
export async function writeOnTrial<T>(use: (files: WrittenFiles) => Promise<T>): Promise<T> {
  const files = new WrittenFiles();
  let received: NodeJS.Signals | undefined;
  const stop = (signal: NodeJS.Signals) => {
    received = signal;
    // Another listener ends its child process first, and then sends the signal again.
    if (process.listenerCount(signal) > 1) return;
    files.restore();
    process.exit(128 + constants.signals[signal]);
  };
  for (const signal of signals) process.on(signal, stop);
  try {
    const result = await use(files);
    if (received !== undefined) throw new InputError(`ended by ${received}: every file is as it was`);
    return result;
  } catch (error) {
    files.restore();
    throw error;
  } finally {
    for (const signal of signals) process.off(signal, stop);
  }
}

const signals: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];
