import { existsSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import path from "node:path";

/** Values that the provider processes of one run of Pulumi share through a file, one line of JSON each. */
export class RunFile<Value extends object> {
  readonly #path: string | undefined;
  /** Open for appending, after the first value. */
  #descriptor: number | undefined;

  /** Without a path, nothing is kept. */
  constructor(path: string | undefined) {
    this.#path = path;
  }

  append(value: Value): void {
    if (this.#path === undefined) return;
    this.#descriptor ??= openForAppending(this.#path);
    writeSync(this.#descriptor, `${JSON.stringify(value)}\n`);
  }

  /** The values so far. A line that is incomplete because its process was killed is skipped. */
  read(): readonly Value[] {
    if (this.#path === undefined || !existsSync(this.#path)) return [];
    return readFileSync(this.#path, "utf8")
      .split("\n")
      .flatMap(parseLine<Value>);
  }
}

function parseLine<Value>(line: string): readonly Value[] {
  try {
    return [JSON.parse(line) as Value];
  } catch {
    return [];
  }
}

function openForAppending(file: string): number {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  return openSync(file, "a", 0o600);
}
