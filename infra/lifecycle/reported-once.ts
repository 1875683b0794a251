import { RunFile } from "../system/run-file.ts";

/** What has been reported, so that it is reported once: by one operation, or with a file, by all processes of a run. */
export class ReportedOnce {
  readonly #file: RunFile<readonly string[]>;
  #known: Set<string> | undefined;

  /** Without a file, only this object knows. */
  constructor(file?: string) {
    this.#file = new RunFile(file);
  }

  /** Records that something is reported now. @returns whether it is the first time */
  noteFirst(...key: readonly string[]): boolean {
    this.#known ??= new Set(this.#file.read().map(formatKey));
    if (this.#known.has(formatKey(key))) return false;
    this.#known.add(formatKey(key));
    this.#file.append(key);
    return true;
  }
}

function formatKey(key: readonly string[]): string {
  return JSON.stringify(key);
}
